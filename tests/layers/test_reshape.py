import pytest
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

X = torch.randn(2, 3, 4, 5)

SPELLINGS = [
    lambda: X.view(6, 20),
    lambda: X.view((6, 20)),
    lambda: X.view(size=(6, -1)),
    lambda: X.view(-1),
    lambda: X.view(torch.float32),
    lambda: X.reshape(6, 20),
    lambda: X.reshape([6, 20]),
    lambda: torch.reshape(X, (6, 20)),
    lambda: X.mT.reshape(6, 20),
    lambda: X.flatten(1),
    lambda: X.flatten(start_dim=1, end_dim=-2),
    lambda: torch.nn.Flatten()(X),
    lambda: torch.nn.Unflatten(1, (1, 3))(X),
    lambda: X.unflatten(-1, (-1, 5)),
    lambda: torch.unflatten(X, 0, (2, 1)),
    X.ravel,
    lambda: X.view_as(torch.empty(6, 20)),
    lambda: X.reshape_as(torch.empty(6, 20)),
    X[:1].squeeze,
    lambda: X[:1].squeeze(0),
    lambda: torch.squeeze(X[:1, :, :1], (0, 2)),
    lambda: X[:1].clone().squeeze_(0),
    lambda: X.unsqueeze(-1),
    lambda: X.clone().unsqueeze_(0),
]


@pytest.mark.parametrize("run", SPELLINGS, ids=range(len(SPELLINGS)))
def test_every_spelling_is_explained_exactly(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    assert torch.equal(found.values, result.double().flatten())
    assert float(found.budget.max()) == 0.0


def test_flatten_reads_as_index_arithmetic():
    formula, _, _ = explained(lambda: X.flatten(1))
    text = equation_latex(configure(formula.forward, formula.settings)).replace(r"\;", "")
    for part in (r"\lfloor \frac{k}{20} \right\rfloor", r"\frac{k}{5}", r"k \bmod 5"):
        assert part in text
    back = equation_latex(configure(formula.gradients["input"], formula.settings))
    assert "20c + 5h + w" in back


def test_an_index_that_is_zero_alone_is_not_added():
    formula, _, _ = explained(lambda: X[:, :, :1, :1].flatten(1))
    back = equation_latex(configure(formula.gradients["input"], formula.settings))
    assert back.endswith(r"\frac{\partial L}{\partial y_{n,c}}")


def test_axes_that_stay_keep_their_index():
    formula, _, _ = explained(lambda: X.view(2, 3, 20))
    assert [index.name for index in formula.forward.indices] == ["n", "c", "k"]
    formula, _, _ = explained(lambda: X.flatten(1))
    assert [index.name for index in formula.forward.indices] == ["n", "k"]


def test_every_small_change_of_shape():
    shapes = [(12,), (3, 4), (4, 3), (2, 6), (6, 2), (2, 2, 3), (3, 2, 2), (1, 12), (2, 1, 6)]
    shapes += [(2, 3, 2), (12, 1, 1), (1, 3, 1, 4), (2, 2, 3, 1)]
    for before in shapes:
        for after in shapes:
            x = torch.randn(before)
            formula, operands, result = explained(lambda x=x, after=after: x.view(after))
            found = evaluate(configure(formula.forward, formula.settings), operands)
            assert torch.equal(found.values, result.double().flatten()), (before, after)
            g = torch.randn(after)
            gradient = configure(formula.gradients["input"], formula.settings)
            back = evaluate(gradient, {**operands, "grad_output": g}).values
            assert torch.equal(back, g.double().flatten()), (before, after)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.view(torch.int32), "int32"),
        (lambda: X.view(torch.float16), "float16"),
        (lambda: X.double().view(torch.float32), "float64"),
        (lambda: X.to(torch.complex64).flatten(), "complex"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)


def test_a_note_where_a_reader_expects_a_transposition():
    titles = lambda run: [n.title for n in explained(run)[0].notes]
    assert titles(lambda: X.view(3, 2, 4, 5)) == ["Not a transposition"]
    assert titles(lambda: X.view(6, 20)) == ["The last axis runs fastest"]
    assert titles(lambda: X.unsqueeze(0)) == []


@pytest.mark.parametrize("shape", [(1, 3, 4, 5), (2, 1, 4, 5), (2, 3, 1, 1), (1, 1, 1, 1)])
def test_flatten_is_the_same_general_formula_whatever_the_lengths_are(shape):
    def general(x):
        formula, _, _ = explained(lambda: x.flatten(1))
        return [equation_latex(e) for e in (formula.forward, *formula.gradients.values())]

    assert general(torch.randn(shape)) == general(X)


def test_an_axis_of_length_one_that_stays_keeps_its_index():
    formula, _, _ = explained(lambda: torch.randn(1, 3, 4).view(1, 12))
    text = equation_latex(configure(formula.forward, formula.settings))
    assert text.startswith(r"y_{n,k} = x_{n,\;")


@pytest.mark.parametrize(
    ("function", "args", "said"),
    [
        (
            torch.Tensor.view,
            (2, 4, -1),
            "In the call, −1 stands for 96 = 2 · 4 · 96 / (2 · 4): the number of elements over ",
        ),
        (torch.Tensor.view, (-1,), "In the call, −1 stands for the number of elements: "),
        (torch.reshape, ((8, 96),), "The call gives every length; the number of elements stays "),
        (torch.flatten, (1,), "Axes 1 and 2 become one, whose length is the product of theirs."),
        (torch.unsqueeze, (-1,), "A new axis of length 1 stands at position 3; "),
        (torch.Tensor.unflatten, (2, (3, -1)), "In the call, −1 stands for 32 = 96 / 3: "),
    ],
)
def test_how_the_shape_follows(function, args, said):
    formula = explained(lambda: function(torch.randn(2, 4, 96), *args))[0]
    assert formula.shape.startswith(said)

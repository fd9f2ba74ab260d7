import pytest
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

X = torch.randn(2, 3, 4, 5)

SPELLINGS = [
    X.mean,
    lambda: X.mean((2, 3)),
    lambda: X.mean(-1, True),
    lambda: X.mean(dim=[1, -1], keepdim=True),
    lambda: X.mean(axis=1, keepdims=True),
    lambda: torch.mean(X, dim=None),
    lambda: torch.mean(X, dtype=torch.float32),
    X.sum,
    lambda: X.sum((0, 2)),
    lambda: torch.sum(X, -2, True),
    lambda: torch.sum(X, axis=(1, 2)),
]


@pytest.mark.parametrize("run", SPELLINGS, ids=range(len(SPELLINGS)))
def test_every_spelling_is_explained(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    error = (found.values - result.double().flatten()).abs()
    assert bool((error <= found.budget).all())


def test_the_configured_formula():
    formula, _, _ = explained(lambda: X.mean((2, 3)))
    text = equation_latex(configure(formula.forward, formula.settings))
    assert text.startswith(r"y_{n,c} = \frac{1}{20} \cdot \sum_{h=0}^{3}")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.double().mean(dtype=torch.float32), "float32"),
        (lambda: X.sum(1, dtype=torch.int32), "int32"),
        (lambda: X.to(torch.complex64).mean(), "complex"),
        (lambda: torch.empty(2, 0).mean(1), "no values"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)


def test_averaging_everything_is_pointed_out():
    titles = lambda run: [n.title for n in explained(run)[0].notes]
    assert titles(X.mean) == ["Every axis is averaged"]
    assert titles(lambda: X.mean((2, 3))) == []

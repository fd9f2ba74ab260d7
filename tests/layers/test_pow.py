"""Powers: their spellings, and what is refused."""

import pytest
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex
from generator.layers.registry import Refused

X = torch.rand(2, 3) + 0.1

SPELLINGS = [
    lambda: X**2,
    lambda: X**0.5,
    lambda: X.pow(3),
    lambda: X.pow(exponent=-1),
    lambda: torch.pow(X, 2.0),
    lambda: X.clone().pow_(2),
    X.square,
    lambda: torch.square(X),
    lambda: X.clone().square_(),
]


@pytest.mark.parametrize("run", SPELLINGS, ids=range(len(SPELLINGS)))
def test_every_spelling_is_explained(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands, unit=2.0**-24)
    error = (found.values - result.double().flatten()).abs()
    assert bool((error <= found.budget).all())


@pytest.mark.parametrize(
    ("exponent", "output", "gradient"),
    [
        (2, "x_{n,i}^{2}", r"2 \cdot x_{n,i} \cdot \frac{\partial L}{\partial y_{n,i}}"),
        (2.0, "x_{n,i}^{2}", r"2 \cdot x_{n,i} \cdot \frac{\partial L}{\partial y_{n,i}}"),
        (-1, "x_{n,i}^{-1}", r"-1 \cdot x_{n,i}^{-2} \cdot \frac{\partial L}{\partial y_{n,i}}"),
    ],
)
def test_the_exponent_is_one_number(exponent, output, gradient):
    formula, _, _ = explained(lambda: X.pow(exponent))
    back = equation_latex(configure(formula.gradients["input"], formula.settings))
    assert equation_latex(configure(formula.forward, formula.settings)).endswith(f"= {output}")
    assert back.endswith(f"= {gradient}")


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.pow(torch.inf), "exponent=inf"),
        (lambda: torch.arange(3) ** 9, "int64"),
        (lambda: X.to(torch.complex64) ** 2, "complex"),
    ],
)
def test_what_is_not_explained_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)


def test_a_note_where_negative_numbers_have_no_power():
    titles = lambda exponent: [n.title for n in explained(lambda: X.pow(exponent))[0].notes]
    assert titles(2) == titles(-3) == []
    assert titles(0.5) == ["Only positive numbers have such a power"]

"""Floors and remainders of whole numbers keep their value when they are shortened."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.formula.latex import equation_latex, stage_latex
from generator.formula.tree import Equation, Num, Stage, Sym, Tensor, Var

H, J = Sym("H", "H"), Sym("J", "J")
h, i = Var("h"), Var("i")
X = Tensor("x", "x", (Num(400),), "x")
SIZES = {"H": 7, "J": 3}
SIGNED = st.integers(-6, 6)


def configured(index):
    """y[h, i] = x[index], for h below 7 and i below 3."""
    result = Tensor("y", "y", (H, J), "y", "result")
    return configure(Equation(result, (h, i), X[index], (X,)), SIZES)


@given(SIGNED, SIGNED, SIGNED, st.integers(1, 6), st.booleans())
def test_the_value_stays(a, b, c, divisor, remainder):
    def index(h, i):
        inner = h * a + i * b + c
        whole = inner // divisor
        # far from both ends of x
        return 200 + (inner - divisor * whole if remainder else whole)

    found = evaluate(configured(index(h, i)), {"x": torch.arange(400.0)}).values
    assert found.tolist() == [index(p, q) for p in range(7) for q in range(3)]


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ((4 * h + 3) // 2, "2h + 1"),
        (4 * h // 6, r"\left\lfloor \frac{2h}{3} \right\rfloor"),
        ((4 * h - 1) // 2, "2h - 1"),
        (h - 2 * (h // 2), r"h \bmod 2"),
        (h + 1 - 2 * ((h + 1) // 2) + i, r"i + ((h + 1) \bmod 2)"),
        (h - 3 * (h // 2), r"h - 3\left\lfloor \frac{h}{2} \right\rfloor"),
        (h + i - h, "i"),
    ],
)
def test_it_reads(index, text):
    assert equation_latex(configured(index)) == f"y_{{h,i}} = x_{{{text}}}"


def test_a_stage_of_one_value_is_put_in_and_stays_among_the_stages():
    result = Tensor("y", "y", (H,), "y", "result")
    count = Tensor("count", "R", (H,), "count", "stage", integer=True)
    cells = Stage(count, (h,), (H * h + H) // H - h)
    equation = Equation(result, (h,), X[h] / count[h], (X,), (cells,))
    found = configure(equation, SIZES)
    assert equation_latex(found) == "y_{h} = x_{h}"
    assert stage_latex(found, "count") == "R_{h} = 1"

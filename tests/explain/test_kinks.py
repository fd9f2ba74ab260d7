"""Where torch's gradient is by its own rule no derivative, it is judged by its value alone."""

import pytest
import torch
from breaking import Function
from pages import explained
from torch import nan

from generator.explain.compared import NAN
from generator.explain.verdicts import check
from generator.formula.build import indices
from generator.formula.tree import Equation, Num, Tensor

X = torch.tensor([[0.0, 1.0, 1.0, -1.0, 0.0, 2.0], [2.0, 2.0, 2.0, 0.0, 0.0, 0.0]])
Z = torch.tensor([[1.0, 1.0, 1.0, -1.0, 0.0, 0.0], [0.0, 2.0, 1.0, 0.0, 1.0, 0.0]])
GAPS = torch.where(X == 1, nan, X)
TWICE = torch.tensor([[0, 0, 1, 1, 2, 2], [0, 0, 0, 0, 0, 5]])


def write(x, v):
    x = x.clone()
    x[torch.tensor([0, 0])] = v
    return x


@pytest.mark.parametrize(
    ("run", "given"),
    [
        (lambda x, v: x.scatter(1, TWICE, v), (X, Z)),
        (lambda x, v: x.index_put((torch.tensor([0, 0]),), v), (X, Z)),
        (lambda x, v: x.index_copy(0, torch.tensor([0, 0]), v), (X, Z)),
        (write, (X, Z)),
        (torch.clamp, (X, Z, Z.clone())),
        (torch.clamp, (X, Z, X.clone())),
        (lambda x: x.clamp(0, 1), (GAPS,)),
        (torch.clamp, (GAPS, Z)),
        (torch.maximum, (X, Z)),
        (torch.maximum, (GAPS, Z)),
        (torch.minimum, (Z, GAPS)),
        (torch.fmax, (GAPS, Z)),
        (lambda x: x.max(1).values, (X,)),
        (lambda x: x.amax(1), (X,)),
    ],
    ids=range(14),
)
def test_kinks_are_no_mismatch(run, given):
    module = Function(run)
    pages = explained(module, *(t.clone().requires_grad_() for t in given))
    assert {v.status for s in pages.steps for v in s.verdicts} <= {"verified", "given"}


@pytest.mark.parametrize(
    ("run", "given"),
    [
        (lambda x: x.sort(1).values, GAPS),
        (lambda x: x.sort(dim=1, descending=True, stable=True).values, GAPS),
        (lambda x: x.topk(3, 1).values, GAPS),
        (lambda x: x.kthvalue(6, 1).values, GAPS),
        (lambda x: x.median(), GAPS),
        (lambda x: x.max(), GAPS),
        (lambda x: x.cummax(1).values, GAPS),
        (lambda x: torch.searchsorted(Z[0].sort().values, x) * x, GAPS),
        (lambda x: torch.nn.functional.max_pool1d(x, 3, 1), GAPS),
    ],
    ids=range(9),
)
def test_the_order_of_nan_is_not_explained(run, given):
    pages = explained(Function(run), given.clone().requires_grad_())
    assert {v.status for s in pages.steps for v in s.verdicts} <= {
        "verified",
        "given",
        "unexplained",
    }
    reasons = [v.reason for s in pages.steps for v in s.verdicts if v.status == "unexplained"]
    assert set(reasons) == {NAN}


def test_a_wrong_formula_of_arithmetic_stays_one_where_nan_is():
    equation = Equation(
        Tensor("output", "y", (Num(3),), "", "result"),
        indices("i"),
        Tensor("input", "x", (Num(3),), "")[indices("i")] * 2,
        (Tensor("input", "x", (Num(3),), ""),),
    )
    x = torch.tensor([1.0, nan, 2.0])
    assert check("output", equation, {"input": x}, x * 3, ()).verdict.status == "mismatch"

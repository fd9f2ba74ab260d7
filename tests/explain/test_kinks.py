"""Where torch's gradient is by its own rule no derivative, it is judged by its value alone."""

import pytest
import torch
from breaking import Function
from pages import explained
from torch import nan

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

"""y = [x ≤ z]: where one operand is at most the other."""

from __future__ import annotations

import operator

import torch

from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.le",
    "torch.Tensor.le",
    "torch.Tensor.le_",
    "torch.less_equal",
    "torch.Tensor.less_equal",
    "torch.Tensor.less_equal_",
    "torch.Tensor.__le__",
    arguments="input, other",
    title="Less or equal",
    search=("<=", "comparison", "mask", "torch.le"),
)
def le(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "is at most", operator.le)


examples(*comparisons_of(torch.le, torch.Tensor.__le__))

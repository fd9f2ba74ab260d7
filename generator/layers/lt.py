"""y = [x < z]: where one operand is less than the other."""

from __future__ import annotations

import operator

import torch

from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.lt",
    "torch.Tensor.lt",
    "torch.Tensor.lt_",
    "torch.less",
    "torch.Tensor.less",
    "torch.Tensor.less_",
    "torch.Tensor.__lt__",
    arguments="input, other",
    title="Less",
    search=("<", "comparison", "mask", "torch.lt"),
)
def lt(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "is less than", operator.lt)


examples(*comparisons_of(torch.lt, torch.Tensor.__lt__))

"""y = [x > z]: where one operand exceeds the other."""

from __future__ import annotations

import operator

import torch

from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.gt",
    "torch.Tensor.gt",
    "torch.Tensor.gt_",
    "torch.greater",
    "torch.Tensor.greater",
    "torch.Tensor.greater_",
    "torch.Tensor.__gt__",
    arguments="input, other",
    title="Greater",
    search=(">", "comparison", "mask", "torch.gt"),
)
def gt(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "exceeds", operator.gt)


examples(*comparisons_of(torch.gt, torch.Tensor.__gt__))

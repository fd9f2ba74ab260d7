"""y = [x ≥ z]: where one operand is at least the other."""

from __future__ import annotations

import operator

import torch

from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.ge",
    "torch.Tensor.ge",
    "torch.Tensor.ge_",
    "torch.greater_equal",
    "torch.Tensor.greater_equal",
    "torch.Tensor.greater_equal_",
    "torch.Tensor.__ge__",
    arguments="input, other",
    title="Greater or equal",
    search=(">=", "comparison", "mask", "torch.ge"),
)
def ge(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "is at least", operator.ge)


examples(*comparisons_of(torch.ge, torch.Tensor.__ge__))

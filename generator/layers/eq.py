"""y = [x = z]: where one operand equals the other."""

from __future__ import annotations

import torch

from generator.formula.build import equal
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.eq",
    "torch.Tensor.eq",
    "torch.Tensor.eq_",
    "torch.Tensor.__eq__",
    arguments="input, other",
    title="Equal",
    search=("==", "equality", "mask", "torch.eq"),
)
def eq(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "equals", equal)


examples(*comparisons_of(torch.eq, torch.Tensor.__eq__))

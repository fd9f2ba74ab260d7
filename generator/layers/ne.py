"""y = [x ≠ z]: where one operand differs from the other."""

from __future__ import annotations

import torch

from generator.formula.build import unequal
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import comparison, comparisons_of


@explains(
    "torch.ne",
    "torch.Tensor.ne",
    "torch.Tensor.ne_",
    "torch.not_equal",
    "torch.Tensor.not_equal",
    "torch.Tensor.not_equal_",
    "torch.Tensor.__ne__",
    arguments="input, other",
    title="Not equal",
    search=("!=", "inequality", "mask", "torch.ne"),
)
def ne(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    return comparison(call, "differs from", unequal)


examples(*comparisons_of(torch.ne, torch.Tensor.__ne__))

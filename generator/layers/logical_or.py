"""y = [x ≠ 0 ∨ z ≠ 0]: where at least one operand is true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import unequal
from generator.formula.tree import Either
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import logical_of, truth


@explains(
    "torch.logical_or",
    "torch.Tensor.logical_or",
    "torch.Tensor.logical_or_",
    arguments="input, other",
    title="Logical or",
    search=("or", "mask", "torch.logical_or"),
)
def logical_or(call: Call) -> Formula:
    """Whether at least one operand is not zero."""
    both = pair(call)
    holds = Either((unequal(both.x, 0), unequal(both.z, 0)))
    return truth(both, "The result is true where at least one operand is not zero.", holds)


examples(*logical_of(torch.logical_or))

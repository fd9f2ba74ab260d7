"""y = [x ≠ 0 ∧ z ≠ 0]: where both operands are true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import every, unequal
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import logical_of, truth


@explains(
    "torch.logical_and",
    "torch.Tensor.logical_and",
    "torch.Tensor.logical_and_",
    arguments="input, other",
    title="Logical and",
    search=("and", "mask", "torch.logical_and"),
)
def logical_and(call: Call) -> Formula:
    """Whether both operands are not zero."""
    both = pair(call)
    holds = every(unequal(both.x, 0), unequal(both.z, 0))
    return truth(both, "The result is true where both operands are not zero.", holds)


examples(*logical_of(torch.logical_and))

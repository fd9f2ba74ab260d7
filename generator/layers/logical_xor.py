"""y = [x ≠ 0 ⊻ z ≠ 0]: where one operand, but not both, is true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import logical_of, truth


@explains(
    "torch.logical_xor",
    "torch.Tensor.logical_xor",
    "torch.Tensor.logical_xor_",
    arguments="input, other",
    title="Logical exclusive or",
    search=("xor", "mask", "torch.logical_xor"),
)
def logical_xor(call: Call) -> Formula:
    """Whether one operand, but not both, is not zero."""
    both = pair(call)
    holds = unequal(bracket(unequal(both.x, 0)), bracket(unequal(both.z, 0)))
    return truth(both, "The result is true where one operand, but not both, is not zero.", holds)


examples(*logical_of(torch.logical_xor))

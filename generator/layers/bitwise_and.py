"""y = [x ∧ z]: where both operands are true, or the bits that both have."""

from __future__ import annotations

import torch

from generator.formula.build import every, unequal
from generator.formula.tree import Cond
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import bitwise_of, truth


@explains(
    "torch.bitwise_and",
    "torch.Tensor.bitwise_and",
    "torch.Tensor.bitwise_and_",
    "torch.Tensor.__and__",
    "torch.Tensor.__rand__",
    "torch.Tensor.__iand__",
    arguments="input, other",
    title="Bitwise and",
    search=("and", "&", "mask", "torch.bitwise_and"),
)
def bitwise_and(call: Call) -> Formula:
    """Whether both operands are true; of whole numbers for each bit."""
    if call.output.dtype != "bool":
        return bit_by_bit(call, _every, "A bit of the result is 1 where both operands have it.")
    both = pair(call)
    holds = every(unequal(both.x, 0), unequal(both.z, 0))
    return truth(both, "The result is true where both operands are true.", holds)


def _every(first: Cond, second: Cond) -> Cond:
    return every(first, second)


examples(*bitwise_of(torch.bitwise_and, torch.Tensor.__and__, "&"))

"""y = [x ∨ z]: where at least one operand is true, or the bits that at least one has."""

from __future__ import annotations

import torch

from generator.formula.build import unequal
from generator.formula.tree import Cond, Either
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import bitwise_of, truth


@explains(
    "torch.bitwise_or",
    "torch.Tensor.bitwise_or",
    "torch.Tensor.bitwise_or_",
    "torch.Tensor.__or__",
    "torch.Tensor.__ror__",
    "torch.Tensor.__ior__",
    arguments="input, other",
    title="Bitwise or",
    search=("or", "|", "mask", "torch.bitwise_or"),
)
def bitwise_or(call: Call) -> Formula:
    """Whether at least one operand is true; of whole numbers for each bit."""
    if call.output.dtype != "bool":
        return bit_by_bit(
            call, _either, "A bit of the result is 1 where at least one operand has it."
        )
    both = pair(call)
    holds = Either((unequal(both.x, 0), unequal(both.z, 0)))
    return truth(both, "The result is true where at least one operand is true.", holds)


def _either(first: Cond, second: Cond) -> Cond:
    return Either((first, second))


examples(*bitwise_of(torch.bitwise_or, torch.Tensor.__or__, "|"))

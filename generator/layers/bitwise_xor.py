"""y = [x ⊻ z]: where one operand, but not both, is true, or the bits that just one has."""

from __future__ import annotations

import torch

from generator.formula.build import every, unequal
from generator.formula.tree import Cond, Either, Not
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.truths import bitwise_of, truth


@explains(
    "torch.bitwise_xor",
    "torch.Tensor.bitwise_xor",
    "torch.Tensor.bitwise_xor_",
    "torch.Tensor.__xor__",
    "torch.Tensor.__rxor__",
    "torch.Tensor.__ixor__",
    arguments="input, other",
    title="Bitwise exclusive or",
    search=("xor", "^", "mask", "torch.bitwise_xor"),
)
def bitwise_xor(call: Call) -> Formula:
    """Whether one operand, but not both, is true; of whole numbers for each bit."""
    if call.output.dtype != "bool":
        return bit_by_bit(
            call, _one, "A bit of the result is 1 where one operand has it, but not both."
        )
    both = pair(call)
    holds = unequal(both.x, both.z)
    return truth(both, "The result is true where one operand, but not both, is true.", holds)


def _one(first: Cond, second: Cond) -> Cond:
    return Either((every(first, Not(second)), every(Not(first), second)))


examples(*bitwise_of(torch.bitwise_xor, torch.Tensor.__xor__, "^"))

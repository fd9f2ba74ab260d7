"""y = [x ⊻ z]: where one operand, but not both, is true, or the bits that just one has."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, every, unequal
from generator.formula.tree import Cond, Either, Not
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


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
    return Formula(
        summary="The result is true where one operand, but not both, is true.",
        forward=both.forward(bracket(unequal(both.x, both.z))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _one(first: Cond, second: Cond) -> Cond:
    return Either((every(first, Not(second)), every(Not(first), second)))


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_xor, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


def _whole(dtype: torch.dtype) -> Example:
    values = torch.cat([torch.arange(-20, 20) * 7 % 19 - 9, torch.tensor([100, 127, -128, 77])]).to(
        dtype
    )
    return Example(f"{dtype}", lambda: (torch.bitwise_xor, (values[:, None], values[30:]), {}))


def _far() -> torch.Tensor:
    return torch.tensor([-(2**63), 2**63 - 1, 2**62, -1, 0, -(2**62) - 1])


def _mask() -> torch.Tensor:
    return torch.tensor([True, False, True])


examples(
    _of((2, 3), (2, 3)),
    _of((2, 3, 4), (3, 1)),
    _of((), (2, 3)),
    _of((), ()),
    _of((0, 2), (2,)),
    Example("^", lambda: (torch.Tensor.__xor__, (_mask(), _mask()), {})),
    Example("a number", lambda: (torch.Tensor.__xor__, (_mask(), True), {})),
    *map(_whole, (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)),
    Example("far", lambda: (torch.bitwise_xor, (_far(), _far().flip(0)), {})),
    Example("^ a number", lambda: (torch.Tensor.__xor__, (torch.arange(-9, 9), 6), {})),
    Example(
        "bytes and a mask", lambda: (torch.bitwise_xor, (torch.arange(9).byte(), _mask()[0]), {})
    ),
)

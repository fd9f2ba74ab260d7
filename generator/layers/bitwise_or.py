"""y = [x ∨ z]: where at least one operand is true, or the bits that at least one has."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.formula.tree import Cond, Either
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


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
    return Formula(
        summary="The result is true where at least one operand is true.",
        forward=both.forward(bracket(Either((unequal(both.x, 0), unequal(both.z, 0))))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _either(first: Cond, second: Cond) -> Cond:
    return Either((first, second))


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_or, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


def _whole(dtype: torch.dtype) -> Example:
    values = torch.cat([torch.arange(-20, 20) * 7 % 19 - 9, torch.tensor([100, 127, -128, 77])]).to(
        dtype
    )
    return Example(f"{dtype}", lambda: (torch.bitwise_or, (values[:, None], values[30:]), {}))


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
    Example("|", lambda: (torch.Tensor.__or__, (_mask(), _mask()), {})),
    Example("a number", lambda: (torch.Tensor.__or__, (_mask(), True), {})),
    *map(_whole, (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)),
    Example("far", lambda: (torch.bitwise_or, (_far(), _far().flip(0)), {})),
    Example("| a number", lambda: (torch.Tensor.__or__, (torch.arange(-9, 9), 6), {})),
    Example(
        "bytes and a mask", lambda: (torch.bitwise_or, (torch.arange(9).byte(), _mask()[0]), {})
    ),
)

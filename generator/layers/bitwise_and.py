"""y = [x ∧ z]: where both operands are true, or the bits that both have."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, every, unequal
from generator.formula.tree import Cond
from generator.layers.bits import bit_by_bit
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


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
    return Formula(
        summary="The result is true where both operands are true.",
        forward=both.forward(bracket(every(unequal(both.x, 0), unequal(both.z, 0)))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _every(first: Cond, second: Cond) -> Cond:
    return every(first, second)


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_and, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


def _whole(dtype: torch.dtype) -> Example:
    values = torch.cat([torch.arange(-20, 20) * 7 % 19 - 9, torch.tensor([100, 127, -128, 77])]).to(
        dtype
    )
    return Example(f"{dtype}", lambda: (torch.bitwise_and, (values[:, None], values[30:]), {}))


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
    Example("&", lambda: (torch.Tensor.__and__, (_mask(), _mask()), {})),
    Example("a number", lambda: (torch.Tensor.__and__, (_mask(), True), {})),
    *map(_whole, (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)),
    Example("far", lambda: (torch.bitwise_and, (_far(), _far().flip(0)), {})),
    Example("& a number", lambda: (torch.Tensor.__and__, (torch.arange(-9, 9), 6), {})),
    Example(
        "bytes and a mask", lambda: (torch.bitwise_and, (torch.arange(9).byte(), _mask()[0]), {})
    ),
)

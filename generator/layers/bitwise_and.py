"""y = [x ∧ z]: of truth values, where both operands are true."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, every, unequal
from generator.layers.dtypes import spelled
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


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
    """Whether both operands are true; of the bits of whole numbers nothing is said."""
    if call.output.dtype != "bool":
        raise Refused(f"{spelled(call)} of the bits of whole numbers is not explained")
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


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_and, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


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
)

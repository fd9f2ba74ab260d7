"""y = [x ∨ z]: of truth values, where at least one operand is true."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.formula.tree import Either
from generator.layers.dtypes import spelled
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


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
    """Whether at least one operand is true; of the bits of whole numbers nothing is said."""
    if call.output.dtype != "bool":
        raise Refused(f"{spelled(call)} of the bits of whole numbers is not explained")
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


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_or, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


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
)

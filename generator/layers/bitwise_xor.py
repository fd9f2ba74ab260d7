"""y = [x ⊻ z]: of truth values, where one operand, but not both, is true."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.dtypes import spelled
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


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
    """Whether one operand, but not both, is true; of the bits of whole numbers nothing is said."""
    if call.output.dtype != "bool":
        raise Refused(f"{spelled(call)} of the bits of whole numbers is not explained")
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


def _of(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}", lambda: (torch.bitwise_xor, tuple(torch.rand(s) > 0.5 for s in shapes), {})
    )


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
)

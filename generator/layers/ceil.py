"""y = ⌈x⌉: each element rounded up to a whole number."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Num
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_FLAT = Note(
    "No gradient comes through",
    "The function is flat between whole numbers: its gradient is 0.",
)


@explains(
    "torch.ceil",
    "torch.ceil_",
    "torch.Tensor.ceil",
    "torch.Tensor.ceil_",
    arguments="input",
    title="Ceiling",
    search=("round", "torch.ceil"),
)
def ceil(call: Call) -> Formula:
    """The element rounded up to a whole number, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "Each element is rounded up to a whole number.",
        element.forward(x if call.output.integer else apply("ceil", x)),
        element.gradient(Num(0)),
        notes=(*(() if call.output.integer else (_FLAT,)), *in_place(call)),
    )


examples(*each(torch.ceil, 0.5, -0.5, 2.0, -2.9999, -0.0, 1e10, whole=(torch.int64, torch.uint8)))

"""y = [x = 0] of truth values, -x - 1 of whole numbers: every bit turned."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal
from generator.formula.tree import Num
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.bitwise_not",
    "torch.Tensor.bitwise_not",
    "torch.Tensor.bitwise_not_",
    "torch.Tensor.__invert__",
    arguments="input",
    title="Bitwise not",
    search=("invert", "~", "mask", "torch.bitwise_not"),
)
def bitwise_not(call: Call) -> Formula:
    """True becomes false; of a whole number every bit is turned, its sign's too."""
    element = Elementwise.of(call)
    x, dtype = element.value, call.output.dtype
    if dtype == "bool":
        summary, body = "True becomes false, false true.", bracket(equal(x, 0))
        return element.formula(summary, element.forward(body), None, notes=in_place(call))
    # without a sign the bits of 255 less a number are those that it has not
    turned = Num(255) - x if dtype == "uint8" else -x - 1
    return element.formula(
        "Every bit of each whole number is turned.",
        element.forward(turned),
        None,
        notes=in_place(call),
    )


examples(
    Example("a mask", lambda: (torch.Tensor.__invert__, (torch.rand(2, 3) > 0.5,), {})),
    Example("one", lambda: (torch.bitwise_not, (torch.tensor(True),), {})),
    Example("nothing", lambda: (torch.bitwise_not, (torch.ones(0, 2, dtype=torch.bool),), {})),
    Example("whole numbers", lambda: (torch.bitwise_not, (torch.arange(-5, 5),), {})),
    Example("bytes", lambda: (torch.bitwise_not, (torch.arange(250, 256).byte(),), {})),
    Example("int8", lambda: (torch.bitwise_not, (torch.arange(-128, 128).char(),), {})),
)

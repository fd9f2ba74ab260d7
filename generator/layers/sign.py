"""y = sgn x: 1, 0 or -1, as each element is positive, zero or negative."""

from __future__ import annotations

import torch

from generator.formula.build import apply, bracket
from generator.formula.tree import Num
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_FLAT = Note(
    "No gradient comes through",
    "The function is flat everywhere but at zero: its gradient is 0.",
)


@explains(
    "torch.sign",
    "torch.Tensor.sign",
    "torch.Tensor.sign_",
    "torch.sgn",
    "torch.Tensor.sgn",
    "torch.Tensor.sgn_",
    arguments="input",
    title="Sign",
    search=("signum", "torch.sign"),
)
def sign(call: Call) -> Formula:
    """The sign, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    sign = bracket(x > 0) - bracket(x < 0) if call.output.integer else apply("sign", x)
    return element.formula(
        "Each element becomes 1 where it is positive, -1 where it is negative, and 0 where it "
        "is zero.",
        element.forward(sign),
        element.gradient(Num(0)),
        notes=(*(() if call.output.integer else (_FLAT,)), *in_place(call)),
    )


examples(*each(torch.sign, 0.0, -0.0, 1e30))

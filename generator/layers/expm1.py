"""y = e^x - 1, exactly where x is small too."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_SMALL = Note(
    "Not the same as subtracting 1",
    r"Near \(x = 0\) the difference \(e^x - 1\), computed in two steps, has lost its "
    "digits; expm1 keeps them.",
)


@explains(
    "torch.expm1",
    "torch.expm1_",
    "torch.Tensor.expm1",
    "torch.Tensor.expm1_",
    "torch.special.expm1",
    arguments="input",
    title="Exponential less one",
    search=("exp minus 1", "torch.expm1"),
)
def expm1(call: Call) -> Formula:
    """The exponential less one, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its exponential less 1, without the loss of digits near zero.",
        element.forward(apply("expm1", x)),
        element.gradient(g * apply("exp", x), arithmetic=g * (apply("expm1", x) + 1)),
        notes=(_SMALL, *in_place(call)),
    )


examples(*each(torch.expm1, 0.0, 1e-6, -80.0, 80.0))

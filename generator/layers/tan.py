"""y = tan x: the tangent of each element, an angle in radians."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_POLE = Note(
    "Steep near a right angle",
    r"Towards \(\pm\pi/2\) the tangent and its slope grow without bound.",
)


@explains(
    "torch.tan",
    "torch.tan_",
    "torch.Tensor.tan",
    "torch.Tensor.tan_",
    arguments="input",
    title="Tangent",
    search=("trigonometric", "torch.tan"),
)
def tan(call: Call) -> Formula:
    """The tangent, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its tangent, read as an angle in radians.",
        element.forward(apply("tan", x)),
        element.gradient(g * (1 + apply("tan", x) ** 2)),
        notes=(_POLE, *in_place(call)),
    )


examples(*each(torch.tan, 0.0, 1.57, -1e4, low=-1.3, high=1.3))

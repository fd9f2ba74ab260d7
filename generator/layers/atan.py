"""y = arctan x: the angle whose tangent each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.atan",
    "torch.atan_",
    "torch.Tensor.atan",
    "torch.Tensor.atan_",
    "torch.arctan",
    "torch.arctan_",
    "torch.Tensor.arctan",
    "torch.Tensor.arctan_",
    arguments="input",
    title="Arctangent",
    search=("inverse tangent", "arctan", "torch.atan"),
)
def atan(call: Call) -> Formula:
    """The arctangent, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the angle between -π/2 and π/2 whose tangent it is.",
        element.forward(apply("arctan", x)),
        element.gradient(g / (1 + x**2), arithmetic=g / (1 + x * x)),
        notes=in_place(call),
    )


examples(*each(torch.atan, 0.0, 1e10, -1e-5))

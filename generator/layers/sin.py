"""y = sin x: the sine of each element, an angle in radians."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.sin",
    "torch.sin_",
    "torch.Tensor.sin",
    "torch.Tensor.sin_",
    arguments="input",
    title="Sine",
    search=("trigonometric", "torch.sin"),
)
def sin(call: Call) -> Formula:
    """The sine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its sine, read as an angle in radians.",
        element.forward(apply("sin", x)),
        element.gradient(apply("cos", x) * g),
        notes=in_place(call),
    )


examples(*each(torch.sin, 0.0, 1e4, -1e7, 3.1415927))

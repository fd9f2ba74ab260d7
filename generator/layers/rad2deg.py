"""y = 180 x / π: radians as degrees."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.rad2deg",
    "torch.rad2deg_",
    "torch.Tensor.rad2deg",
    "torch.Tensor.rad2deg_",
    arguments="input",
    title="Radians to degrees",
    search=("angle", "torch.rad2deg"),
)
def rad2deg(call: Call) -> Formula:
    """The angle in degrees, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each angle in radians becomes one in degrees.",
        element.forward(x * (180 / PI)),
        element.gradient(g * (180 / PI)),
        notes=in_place(call),
        settings=WITH_PI,
    )


examples(*each(torch.rad2deg, 3.14159, 0.0))

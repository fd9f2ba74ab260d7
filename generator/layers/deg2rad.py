"""y = π x / 180: degrees as radians."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.deg2rad",
    "torch.deg2rad_",
    "torch.Tensor.deg2rad",
    "torch.Tensor.deg2rad_",
    arguments="input",
    title="Degrees to radians",
    search=("angle", "torch.deg2rad"),
)
def deg2rad(call: Call) -> Formula:
    """The angle in radians, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each angle in degrees becomes one in radians.",
        element.forward(x * (PI / 180)),
        element.gradient(g * (PI / 180)),
        notes=in_place(call),
        settings=WITH_PI,
    )


examples(*each(torch.deg2rad, 180.0, 0.0, low=-360, high=360))

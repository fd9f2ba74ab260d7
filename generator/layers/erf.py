"""y = erf x: the error function of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.erf",
    "torch.erf_",
    "torch.Tensor.erf",
    "torch.Tensor.erf_",
    "torch.special.erf",
    arguments="input",
    title="Error function",
    search=("Gauss error function", "torch.erf"),
)
def erf(call: Call) -> Formula:
    """The error function, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the share of a bell curve within it on either side.",
        element.forward(apply("erf", x)),
        element.gradient(
            2 / apply("sqrt", PI) * apply("exp", -(x**2)) * g,
            arithmetic=2 / apply("sqrt", PI) * apply("exp", -(x * x)) * g,
        ),
        notes=in_place(call),
        settings=WITH_PI,
    )


examples(*each(torch.erf, 0.0, 1e-5, 4.0, -9.0))

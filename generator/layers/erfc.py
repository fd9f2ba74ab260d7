"""y = erfc x = 1 - erf x: the complementary error function of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.erfc",
    "torch.erfc_",
    "torch.Tensor.erfc",
    "torch.Tensor.erfc_",
    "torch.special.erfc",
    arguments="input",
    title="Complementary error function",
    search=("Gauss error function", "torch.erfc"),
)
def erfc(call: Call) -> Formula:
    """The complementary error function, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes 1 less its error function, without the loss of digits where "
        "that is near 1.",
        element.forward(apply("erfc", x)),
        element.gradient(
            -(2 / apply("sqrt", PI) * apply("exp", -(x**2)) * g),
            arithmetic=-(2 / apply("sqrt", PI) * apply("exp", -(x * x)) * g),
        ),
        notes=in_place(call),
        settings=WITH_PI,
    )


examples(*each(torch.erfc, 0.0, 1e-5, 4.0, -9.0, 9.0))

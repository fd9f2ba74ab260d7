"""y = sin(πx) / (πx), and 1 at zero."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal
from generator.layers.elementwise import Elementwise
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.sinc",
    "torch.sinc_",
    "torch.Tensor.sinc",
    "torch.Tensor.sinc_",
    "torch.special.sinc",
    arguments="input",
    title="Normalised sinc",
    search=("cardinal sine", "torch.sinc"),
)
def sinc(call: Call) -> Formula:
    """The normalised cardinal sine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    angle = PI * x
    return element.formula(
        "Each element becomes the sine of π times it, divided by π times it, and zero becomes 1.",
        element.forward(cases((equal(x, 0), 1), otherwise=apply("sin", angle) / angle)),
        element.gradient(
            cases(
                (equal(x, 0), 0),
                otherwise=g * (angle * apply("cos", angle) - apply("sin", angle)) / (angle * x),
            )
        ),
        notes=in_place(call),
        settings=WITH_PI,
    )


examples(*each(torch.sinc, 1.0, 1e-3, 100.5))

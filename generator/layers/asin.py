"""y = arcsin x: the angle whose sine each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_DOMAIN = Note(
    "Only numbers from -1 to 1 have one",
    r"An element beyond them gives NaN; at \(\pm 1\) the slope is infinite.",
)


@explains(
    "torch.asin",
    "torch.asin_",
    "torch.Tensor.asin",
    "torch.Tensor.asin_",
    "torch.arcsin",
    "torch.arcsin_",
    "torch.Tensor.arcsin",
    "torch.Tensor.arcsin_",
    arguments="input",
    title="Arcsine",
    search=("inverse sine", "arcsin", "torch.asin"),
)
def asin(call: Call) -> Formula:
    """The arcsine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the angle between -π/2 and π/2 whose sine it is.",
        element.forward(apply("arcsin", x)),
        element.gradient(g / apply("sqrt", 1 - x**2), arithmetic=g / apply("sqrt", 1 - x * x)),
        notes=(_DOMAIN, *in_place(call)),
    )


examples(*each(torch.asin, 0.0, 0.999, -0.5, low=-0.99, high=0.99))

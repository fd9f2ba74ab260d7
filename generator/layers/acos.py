"""y = arccos x: the angle whose cosine each element is."""

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
    "torch.acos",
    "torch.acos_",
    "torch.Tensor.acos",
    "torch.Tensor.acos_",
    "torch.arccos",
    "torch.arccos_",
    "torch.Tensor.arccos",
    "torch.Tensor.arccos_",
    arguments="input",
    title="Arccosine",
    search=("inverse cosine", "arccos", "torch.acos"),
)
def acos(call: Call) -> Formula:
    """The arccosine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the angle between 0 and π whose cosine it is.",
        element.forward(apply("arccos", x)),
        element.gradient(
            -(g / apply("sqrt", 1 - x**2)), arithmetic=-(g / apply("sqrt", 1 - x * x))
        ),
        notes=(_DOMAIN, *in_place(call)),
    )


examples(*each(torch.acos, 0.0, 0.999, -0.5, low=-0.99, high=0.99))

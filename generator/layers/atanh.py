"""y = artanh x: the number whose hyperbolic tangent each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_DOMAIN = Note(
    "Only numbers from -1 to 1 have one",
    r"An element beyond them gives NaN, \(\pm 1\) an infinity.",
)


@explains(
    "torch.atanh",
    "torch.atanh_",
    "torch.Tensor.atanh",
    "torch.Tensor.atanh_",
    "torch.arctanh",
    "torch.arctanh_",
    "torch.Tensor.arctanh",
    "torch.Tensor.arctanh_",
    arguments="input",
    title="Inverse hyperbolic tangent",
    search=("arctanh", "area hyperbolic", "torch.atanh"),
)
def atanh(call: Call) -> Formula:
    """The inverse hyperbolic tangent, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the number whose hyperbolic tangent it is.",
        element.forward(apply("artanh", x)),
        element.gradient(g / (1 - x**2), arithmetic=g / (1 - x * x)),
        notes=(_DOMAIN, *in_place(call)),
    )


examples(*each(torch.atanh, 0.0, 0.999, -1e-5, low=-0.95, high=0.95))

"""y = arsinh x: the number whose hyperbolic sine each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.asinh",
    "torch.asinh_",
    "torch.Tensor.asinh",
    "torch.Tensor.asinh_",
    "torch.arcsinh",
    "torch.arcsinh_",
    "torch.Tensor.arcsinh",
    "torch.Tensor.arcsinh_",
    arguments="input",
    title="Inverse hyperbolic sine",
    search=("arcsinh", "area hyperbolic", "torch.asinh"),
)
def asinh(call: Call) -> Formula:
    """The inverse hyperbolic sine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the number whose hyperbolic sine it is.",
        element.forward(apply("arsinh", x)),
        element.gradient(g / apply("sqrt", x**2 + 1), arithmetic=g / apply("sqrt", x * x + 1)),
        notes=in_place(call),
    )


examples(*each(torch.asinh, 0.0, 1e10, -1e-5))

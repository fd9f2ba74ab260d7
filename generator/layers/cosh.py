"""y = cosh x: the hyperbolic cosine of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.cosh",
    "torch.cosh_",
    "torch.Tensor.cosh",
    "torch.Tensor.cosh_",
    arguments="input",
    title="Hyperbolic cosine",
    search=("hyperbolic", "torch.cosh"),
)
def cosh(call: Call) -> Formula:
    """The hyperbolic cosine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its hyperbolic cosine, half of e^x + e^-x.",
        element.forward(apply("cosh", x)),
        element.gradient(apply("sinh", x) * g),
        notes=in_place(call),
    )


examples(*each(torch.cosh, 0.0, 80.0, -1e-5))

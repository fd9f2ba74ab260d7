"""y = sinh x: the hyperbolic sine of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.sinh",
    "torch.sinh_",
    "torch.Tensor.sinh",
    "torch.Tensor.sinh_",
    arguments="input",
    title="Hyperbolic sine",
    search=("hyperbolic", "torch.sinh"),
)
def sinh(call: Call) -> Formula:
    """The hyperbolic sine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its hyperbolic sine, half of e^x - e^-x.",
        element.forward(apply("sinh", x)),
        element.gradient(apply("cosh", x) * g),
        notes=in_place(call),
    )


examples(*each(torch.sinh, 0.0, 80.0, -1e-5))

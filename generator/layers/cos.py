"""y = cos x: the cosine of each element, an angle in radians."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.cos",
    "torch.cos_",
    "torch.Tensor.cos",
    "torch.Tensor.cos_",
    arguments="input",
    title="Cosine",
    search=("trigonometric", "torch.cos"),
)
def cos(call: Call) -> Formula:
    """The cosine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its cosine, read as an angle in radians.",
        element.forward(apply("cos", x)),
        element.gradient(-(apply("sin", x) * g)),
        notes=in_place(call),
    )


examples(*each(torch.cos, 0.0, 1e4, -1e7, 1.5707964))

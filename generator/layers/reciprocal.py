"""y = 1 / x: the reciprocal of each element."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_ZERO = Note(
    "Zero has none",
    "The result for 0 is infinite, with its sign: 1 / -0 is minus infinity.",
)


@explains(
    "torch.reciprocal",
    "torch.reciprocal_",
    "torch.Tensor.reciprocal",
    "torch.Tensor.reciprocal_",
    arguments="input",
    title="Reciprocal",
    search=("inverse", "one over", "torch.reciprocal"),
)
def reciprocal(call: Call) -> Formula:
    """1 divided by the element, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes 1 divided by it.",
        element.forward(1 / x),
        element.gradient(-(g / x**2), arithmetic=-(g * ((1 / x) * (1 / x)))),
        notes=(_ZERO, *in_place(call)),
    )


examples(*each(torch.reciprocal, 1e-10, -4.0, 1e18, low=0.1, high=5.0, whole=(torch.int64,)))

"""y = x - trunc x: what stands behind the point, with the element's sign."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.frac",
    "torch.frac_",
    "torch.Tensor.frac",
    "torch.Tensor.frac_",
    arguments="input",
    title="Fractional part",
    search=("fraction", "decimals", "torch.frac"),
)
def frac(call: Call) -> Formula:
    """The fractional part, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element keeps what stands behind its point, and its sign.",
        element.forward(x - apply("trunc", x)),
        element.gradient(g),
        notes=in_place(call),
    )


examples(*each(torch.frac, 0.5, -0.5, 2.0, -2.9999, whole=()))

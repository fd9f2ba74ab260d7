"""y = 1 / √x: the reciprocal of each element's square root."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_DOMAIN = Note(
    "Only positive numbers have one",
    "The result for 0 is infinite, a negative element gives NaN.",
)


@explains(
    "torch.rsqrt",
    "torch.rsqrt_",
    "torch.Tensor.rsqrt",
    "torch.Tensor.rsqrt_",
    arguments="input",
    title="Reciprocal square root",
    search=("inverse square root", "torch.rsqrt"),
)
def rsqrt(call: Call) -> Formula:
    """1 divided by the root, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    root = apply("sqrt", x)
    inverse = 1 / root
    return element.formula(
        "Each element becomes 1 divided by its square root.",
        element.forward(1 / root),
        element.gradient(
            -(g / (2 * root**3)), arithmetic=-(0.5 * g * (inverse * inverse * inverse))
        ),
        notes=(_DOMAIN, *in_place(call)),
    )


examples(*each(torch.rsqrt, 1e-10, 4.0, 1e20, low=0.05, high=9.0, whole=(torch.int64,)))

"""y = log(1 + x), exactly where x is small too."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_SMALL = Note(
    "Not the same as adding 1 first",
    r"Near \(x = 0\) the sum \(1 + x\) has lost digits of \(x\); log1p keeps them. Below "
    "-1 it gives NaN.",
)


@explains(
    "torch.log1p",
    "torch.log1p_",
    "torch.Tensor.log1p",
    "torch.Tensor.log1p_",
    "torch.special.log1p",
    arguments="input",
    title="Logarithm of one plus",
    search=("log(1 + x)", "torch.log1p"),
)
def log1p(call: Call) -> Formula:
    """The logarithm of one plus the element, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the natural logarithm of 1 plus it, without the loss of digits "
        "near zero.",
        element.forward(apply("log1p", x)),
        element.gradient(g / (1 + x)),
        notes=(_SMALL, *in_place(call)),
    )


examples(*each(torch.log1p, 0.0, 1e-6, 1e10, low=-0.9, high=5.0))

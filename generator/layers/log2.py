"""y = log_2 x: the logarithm of each element to base 2."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_ZERO = Note(
    "Only positive numbers have one",
    r"The logarithm of 0 is \(-\infty\); a negative element gives NaN.",
)


@explains(
    "torch.log2",
    "torch.log2_",
    "torch.Tensor.log2",
    "torch.Tensor.log2_",
    arguments="input",
    title="Logarithm to base 2",
    search=("logarithm", "torch.log2"),
)
def log2(call: Call) -> Formula:
    """The logarithm to base 2, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its logarithm to base 2.",
        element.forward(apply("log2", x)),
        element.gradient(g / (x * apply("log", 2))),
        notes=(_ZERO, *in_place(call)),
    )


examples(*each(torch.log2, 1e-20, 1.0, 1024.0, 1e10, low=0.05, high=9.0))

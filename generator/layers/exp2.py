"""y = 2^x: two to the power of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Num
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.exp2",
    "torch.exp2_",
    "torch.Tensor.exp2",
    "torch.Tensor.exp2_",
    "torch.special.exp2",
    arguments="input",
    title="Power of two",
    search=("exponential base 2", "torch.exp2"),
)
def exp2(call: Call) -> Formula:
    """The power of two, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes 2 to its power.",
        element.forward(Num(2) ** x),
        element.gradient(g * Num(2) ** x * apply("log", 2)),
        notes=in_place(call),
    )


examples(*each(torch.exp2, 0.0, 100.0, -100.0))

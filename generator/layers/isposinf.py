"""y = [x = ∞]: where an element is positively infinite."""

from __future__ import annotations

import math

import torch

from generator.formula.build import bracket, equal
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.isposinf",
    "torch.Tensor.isposinf",
    arguments="input",
    title="Is positive infinity",
    search=("infinity", "torch.isposinf"),
)
def isposinf(call: Call) -> Formula:
    """Whether the element is plus infinity, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is plus infinity.",
        element.forward(bracket(equal(x, math.inf))),
        None,
        notes=in_place(call),
    )


examples(*each(torch.isposinf, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

"""y = [x = -∞]: where an element is negatively infinite."""

from __future__ import annotations

import math

import torch

from generator.formula.build import bracket, equal
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.isneginf",
    "torch.Tensor.isneginf",
    arguments="input",
    title="Is negative infinity",
    search=("infinity", "torch.isneginf"),
)
def isneginf(call: Call) -> Formula:
    """Whether the element is minus infinity, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is minus infinity.",
        element.forward(bracket(equal(x, -math.inf))),
        None,
        notes=in_place(call),
    )


examples(*each(torch.isneginf, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

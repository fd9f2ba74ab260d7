"""y = [|x| = ∞]: where an element is infinite."""

from __future__ import annotations

import math

import torch

from generator.formula.build import bracket, equal
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.isinf",
    "torch.Tensor.isinf",
    arguments="input",
    title="Is infinite",
    search=("infinity", "torch.isinf"),
)
def isinf(call: Call) -> Formula:
    """Whether the element is infinite, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is infinite, of either sign.",
        element.forward(bracket(equal(abs(x), math.inf))),
        None,
        notes=in_place(call),
    )


examples(*each(torch.isinf, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

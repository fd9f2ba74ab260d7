"""y = [x = 0]: true where the element is zero."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.logical_not",
    "torch.Tensor.logical_not",
    "torch.Tensor.logical_not_",
    arguments="input",
    title="Logical not",
    search=("negation", "mask", "torch.logical_not"),
)
def logical_not(call: Call) -> Formula:
    """Whether the element is zero, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is zero or false.",
        element.forward(bracket(equal(x, 0))),
        None,
        notes=in_place(call),
    )


examples(*each(torch.logical_not, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

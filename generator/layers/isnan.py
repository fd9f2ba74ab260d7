"""y = [x ≠ x]: where an element is not a number."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.isnan",
    "torch.Tensor.isnan",
    arguments="input",
    title="Is NaN",
    search=("not a number", "torch.isnan"),
)
def isnan(call: Call) -> Formula:
    """Whether the element is not a number, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is not a number: nothing but NaN differs from "
        "itself.",
        element.forward(bracket(unequal(x, x))),
        None,
        notes=in_place(call),
    )


examples(*each(torch.isnan, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

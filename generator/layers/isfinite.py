"""y = [|x| < ∞]: where an element is neither infinite nor NaN."""

from __future__ import annotations

import math

import torch

from generator.formula.build import bracket
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.isfinite",
    "torch.Tensor.isfinite",
    arguments="input",
    title="Is finite",
    search=("infinity", "NaN", "torch.isfinite"),
)
def isfinite(call: Call) -> Formula:
    """Whether the element is finite, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element is neither infinite nor NaN.",
        element.forward(bracket(abs(x) < math.inf)),
        None,
        notes=in_place(call),
    )


examples(*each(torch.isfinite, 0.0, -0.0, torch.nan, torch.inf, -torch.inf, 1e-40))

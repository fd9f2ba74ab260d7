"""y = signbit x: where an element has a minus sign, -0 included."""

from __future__ import annotations

import torch

from generator.formula.build import apply, bracket
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, examples, explains
from generator.layers.samples import each


@explains(
    "torch.signbit",
    "torch.Tensor.signbit",
    arguments="input",
    title="Sign bit",
    search=("negative", "minus zero", "torch.signbit"),
)
def signbit(call: Call) -> Formula:
    """Whether the element has a minus sign, for an input of any shape."""
    element = Elementwise.of(call)
    x = element.value
    return element.formula(
        "The result is true where the element has a minus sign, minus zero included.",
        element.forward(bracket(x < 0) if call.tensors["input"].integer else apply("signbit", x)),
        None,
        notes=in_place(call),
    )


examples(*each(torch.signbit, 0.0, -0.0, torch.inf, -torch.inf, 1e-40))

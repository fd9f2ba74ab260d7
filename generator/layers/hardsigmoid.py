"""y = min(6, max(0, x + 3)) / 6: a sigmoid with straight pieces."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import bracket, every, larger, smaller
from generator.layers.activations import overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_CORNERS = Note(
    "No slope at −3 and at 3",
    r"There the slope jumps between 0 and \(\tfrac{1}{6}\); torch takes 0.",
)
_SATURATION = Note(
    "Saturation",
    "Outside of −3 … 3 the output is exactly 0 or 1, and no gradient comes through.",
)


@explains(
    "torch.nn.Hardsigmoid",
    "torch.nn.functional.hardsigmoid",
    arguments="input, inplace=False",
    title="Hard sigmoid",
    search=("h-sigmoid", "activation", "nn.Hardsigmoid", "F.hardsigmoid"),
)
def hardsigmoid(call: Call) -> Formula:
    """Hard sigmoid, for an input of any shape."""
    if call.tensors["input"].dtype == "float64":
        # its gradient has 1/6 rounded to float32 in it, an error that no rounding explains
        raise Refused("hardsigmoid in float64: torch calculates its gradient with a float32 factor")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Inputs from −3 to 3 are mapped evenly onto the range from 0 to 1; what lies outside "
        "becomes 0 or 1.",
        element.forward(smaller(6, larger(0, x + 3)) / 6),
        element.gradient(g / 6 * bracket(every(x > -3, x < 3))),
        notes=(_CORNERS, _SATURATION, *overwritten(call)),
    )


examples(
    *tried("Hardsigmoid", nn.Hardsigmoid, -3.0, 3.0, -2.9999998, 2.9999998, double=False),
    Example("F.hardsigmoid", lambda: (F.hardsigmoid, (torch.randn(2, 3),), {})),
)

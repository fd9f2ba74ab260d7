"""y = e^x: the exponential of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_OWN_SLOPE = Note(
    "Its own slope",
    r"The slope of \(e^x\) is \(e^x\) itself: the larger an output, the larger what flows back.",
)


@explains(
    "torch.exp",
    "torch.Tensor.exp",
    "torch.Tensor.exp_",
    arguments="input",
    title="Exponential",
    search=("exponential function", "torch.exp"),
)
def exp(call: Call) -> Formula:
    """The exponential, for an input of any shape."""
    element = Elementwise.of(call)
    value, g = apply("exp", element.value), element.from_above
    return element.formula(
        "Each element becomes its exponential.",
        element.forward(value),
        element.gradient(g * value),
        notes=(_OWN_SLOPE, *in_place(call)),
    )


def _exp(*shape: int) -> Example:
    return Example(f"exp {shape}", lambda: (torch.exp, (torch.randn(shape),), {}))


examples(
    _exp(2, 3),
    _exp(4),
    _exp(),
    _exp(1, 1),
    _exp(2, 3, 4, 5),
    _exp(2, 1, 2, 3, 2),
    _exp(30, 40),
    _exp(0, 3),
    Example("far from zero", lambda: (torch.Tensor.exp, (torch.tensor([-80.0, 0.0, 80.0]),), {})),
)

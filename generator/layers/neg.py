"""y = -x: every sign turned."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.neg",
    "torch.negative",
    "torch.Tensor.neg",
    "torch.Tensor.neg_",
    "torch.Tensor.negative",
    "torch.Tensor.negative_",
    "torch.Tensor.__neg__",
    arguments="input",
    title="Negation",
    search=("minus", "negative", "sign"),
)
def neg(call: Call) -> Formula:
    """The negative, for an input of any shape."""
    element = Elementwise.of(call)
    fitting = wrapped(call, -element.value)
    return element.formula(
        "Each element has its sign turned.",
        element.forward(fitting.body),
        element.gradient(-element.from_above),
        notes=(*in_place(call), *fitting.notes),
        settings=fitting.settings,
    )


def _neg(*shape: int) -> Example:
    return Example(f"neg {shape}", lambda: (torch.neg, (torch.randn(shape),), {}))


examples(
    _neg(2, 3),
    _neg(4),
    _neg(),
    _neg(1, 1),
    _neg(2, 3, 4, 5),
    _neg(2, 1, 2, 3, 2),
    _neg(2, 1, 2, 1, 2, 1),
    _neg(0, 3),
    Example("zero", lambda: (torch.Tensor.negative, (torch.zeros(3),), {})),
)

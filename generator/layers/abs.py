"""y = |x|: every element without its sign."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.whole_numbers import wrapped

_AT_ZERO = Note(
    "No slope at zero",
    r"At \(x = 0\) the slope jumps from -1 to 1 and has no value; torch takes 0 there.",
)


@explains(
    "torch.abs",
    "torch.absolute",
    "torch.Tensor.abs",
    "torch.Tensor.abs_",
    "torch.Tensor.absolute",
    "torch.Tensor.absolute_",
    arguments="input",
    title="Absolute value",
    search=("magnitude", "modulus", "torch.abs"),
)
def absolute(call: Call) -> Formula:
    """The absolute value, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    fitting = wrapped(call, abs(x))
    note = () if call.output.integer else (_AT_ZERO,)
    return element.formula(
        "Each element loses its sign.",
        element.forward(fitting.body),
        element.gradient(apply("sign", x) * g),
        notes=(*note, *in_place(call), *fitting.notes),
        settings=fitting.settings,
    )


def _abs(*shape: int) -> Example:
    return Example(f"abs {shape}", lambda: (torch.abs, (torch.randn(shape),), {}))


examples(
    _abs(2, 3),
    _abs(4),
    _abs(),
    _abs(1, 1),
    _abs(2, 3, 4, 5),
    _abs(2, 1, 2, 3, 2),
    _abs(2, 1, 2, 1, 2, 1),
    _abs(0, 3),
    Example("zeros", lambda: (torch.Tensor.abs, (torch.tensor([0.0, -0.0, 1.0]),), {})),
    Example("infinities", lambda: (torch.abs, (torch.tensor([torch.inf, -torch.inf]),), {})),
)

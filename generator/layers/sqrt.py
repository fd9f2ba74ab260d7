"""y = √x: the number whose square each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_STEEP = Note(
    "Infinitely steep at zero",
    r"The slope \(1 / (2 \sqrt{x})\) grows without bound towards \(x = 0\), where the gradient is "
    "infinite; a negative element gives NaN.",
)


@explains(
    "torch.sqrt",
    "torch.Tensor.sqrt",
    "torch.Tensor.sqrt_",
    arguments="input",
    title="Square root",
    search=("root", "torch.sqrt"),
)
def sqrt(call: Call) -> Formula:
    """The square root, for an input of any shape."""
    element = Elementwise.of(call)
    root, g = apply("sqrt", element.value), element.from_above
    return element.formula(
        "Each element becomes its square root.",
        element.forward(root),
        element.gradient(g / (2 * root)),
        notes=(_STEEP, *in_place(call)),
    )


def _sqrt(*shape: int) -> Example:
    return Example(f"sqrt {shape}", lambda: (torch.sqrt, (torch.rand(shape) + 0.01,), {}))


examples(
    _sqrt(2, 3),
    _sqrt(4),
    _sqrt(),
    _sqrt(1, 1),
    _sqrt(2, 3, 4, 5),
    _sqrt(2, 1, 2, 3, 2),
    _sqrt(30, 40),
    _sqrt(0, 3),
    Example("Tensor.sqrt", lambda: (torch.Tensor.sqrt, (torch.tensor([1e-30, 4.0, 1e30]),), {})),
)

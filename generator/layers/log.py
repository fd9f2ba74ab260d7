"""y = log x: the natural logarithm of each element."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_NATURAL = Note(
    "The natural logarithm",
    r"Its base is \(e\). The logarithm of 0 is \(-\infty\); a negative element gives NaN.",
)


@explains(
    "torch.log",
    "torch.Tensor.log",
    "torch.Tensor.log_",
    arguments="input",
    title="Logarithm",
    search=("natural logarithm", "ln", "torch.log"),
)
def log(call: Call) -> Formula:
    """The natural logarithm, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes its natural logarithm.",
        element.forward(apply("log", x)),
        element.gradient(g / x),
        notes=(_NATURAL, *in_place(call)),
    )


def _log(*shape: int) -> Example:
    return Example(f"log {shape}", lambda: (torch.log, (torch.rand(shape) + 0.01,), {}))


examples(
    _log(2, 3),
    _log(4),
    _log(),
    _log(1, 1),
    _log(2, 3, 4, 5),
    _log(2, 1, 2, 3, 2),
    _log(30, 40),
    _log(0, 3),
    Example("Tensor.log", lambda: (torch.Tensor.log, (torch.tensor([1e-30, 1.0, 1e30]),), {})),
    Example("near one", lambda: (torch.log, (1 + 1e-4 * torch.randn(20),), {})),
)

"""y = tanh x: any number becomes one between -1 and 1."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_DEFINITION = Note(
    "What tanh is",
    r"\(\tanh x = \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}} = 2\,\sigma(2x) - 1\), a sigmoid stretched "
    "to the range from −1 to 1.",
)
_SATURATION = Note(
    "Saturation",
    r"The slope \(1 - \tanh^2 x\) is 1 at \(x = 0\) and falls off like \(4e^{-2|x|}\): far from "
    "zero hardly any gradient comes through.",
)


@explains(
    "torch.nn.Tanh",
    "torch.nn.functional.tanh",
    "torch.tanh",
    "torch.tanh_",
    "torch.Tensor.tanh",
    "torch.Tensor.tanh_",
    arguments="input",
    title="Tanh",
    search=("hyperbolic tangent", "activation", "nn.Tanh", "F.tanh"),
)
def tanh(call: Call) -> Formula:
    """The hyperbolic tangent, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    stage, t = element.stage(
        "tanh", "t", "the output, computed once more from the input", apply("tanh", x)
    )
    return element.formula(
        "Each input is squeezed into the range from −1 to 1, with 0 staying 0.",
        element.forward(apply("tanh", x)),
        element.gradient(g * (1 - t**2), stages=(stage,)),
        notes=(_DEFINITION, _SATURATION),
    )


def _module(*shape: int) -> Example:
    return Example(f"Tanh of {shape}", lambda: (nn.Tanh(), (torch.randn(shape),), {}))


examples(
    _module(4),
    _module(3, 1),
    _module(2, 3, 4),
    _module(1, 2, 3, 3),
    _module(1, 2, 2, 2, 2),
    _module(20, 30),
    Example("Tanh of a scalar", lambda: (nn.Tanh(), (torch.tensor(0.3),), {})),
    Example("F.tanh", lambda: (F.tanh, (torch.randn(2, 3),), {})),
    Example("torch.tanh", lambda: (torch.tanh, (torch.randn(2, 3),), {})),
    Example("Tensor.tanh", lambda: (torch.Tensor.tanh, (torch.randn(2, 3),), {})),
    Example("saturated on both sides", lambda: (torch.tanh, (torch.linspace(-120, 120, 61),), {})),
    Example("far out", lambda: (torch.tanh, (torch.tensor([-1e4, -800.0, 0, 800]),), {})),
    Example("near zero", lambda: (torch.tanh, (1e-6 * torch.randn(3, 3),), {})),
)

"""y = 1 / (1 + e^-x): any number becomes one between 0 and 1."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Expr
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_SATURATION = Note(
    "Saturation",
    r"The slope \(\sigma(x)\,(1 - \sigma(x))\) is at most ¼, at \(x = 0\), and falls off like "
    r"\(e^{-|x|}\): far from zero hardly any gradient comes through.",
)


@explains(
    "torch.nn.Sigmoid",
    "torch.nn.functional.sigmoid",
    "torch.sigmoid",
    "torch.sigmoid_",
    "torch.Tensor.sigmoid",
    "torch.Tensor.sigmoid_",
    "torch.special.expit",
    arguments="input",
    title="Sigmoid",
    search=("logistic function", "expit", "activation", "nn.Sigmoid", "F.sigmoid"),
)
def sigmoid(call: Call) -> Formula:
    """The logistic function, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    textbook, torchs = 1 / (1 + apply("exp", -x)), _without_overflow(x)
    stage, s = element.stage(
        "sigmoid", r"\sigma", "the output, computed once more from the input", textbook
    )
    return element.formula(
        "Each input is squeezed into the range from 0 to 1, with 0 becoming ½.",
        element.forward(textbook, arithmetic=torchs),
        element.gradient(g * s * (1 - s), stages=(stage,), arithmetic=g * torchs * (1 - torchs)),
        notes=(_SATURATION,),
    )


def _without_overflow(x: Expr) -> Expr:
    """The same value where e^-x is too large even for a bound on its error."""
    power = apply("exp", x)
    return cases((x >= 0, 1 / (1 + apply("exp", -x))), otherwise=power / (1 + power))


def _module(*shape: int) -> Example:
    return Example(f"Sigmoid of {shape}", lambda: (nn.Sigmoid(), (torch.randn(shape),), {}))


examples(
    _module(4),
    _module(3, 1),
    _module(2, 3, 4),
    _module(1, 2, 3, 3),
    _module(1, 2, 2, 2, 2),
    _module(20, 30),
    Example("Sigmoid of a scalar", lambda: (nn.Sigmoid(), (torch.tensor(0.3),), {})),
    Example("F.sigmoid", lambda: (F.sigmoid, (torch.randn(2, 3),), {})),
    Example("torch.sigmoid", lambda: (torch.sigmoid, (torch.randn(2, 3),), {})),
    Example("Tensor.sigmoid", lambda: (torch.Tensor.sigmoid, (torch.randn(2, 3),), {})),
    Example("torch.special.expit", lambda: (torch.special.expit, (torch.randn(2, 3),), {})),
    Example(
        "saturated on both sides",
        lambda: (torch.sigmoid, (torch.linspace(-120, 120, 61),), {}),
    ),
    Example("far out", lambda: (torch.sigmoid, (torch.tensor([-700.0, -400, 0, 400, 1e4]),), {})),
    Example("near zero", lambda: (torch.sigmoid, (1e-6 * torch.randn(3, 3),), {})),
)

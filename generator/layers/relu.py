"""y = max(0, x): what is negative becomes zero."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, larger
from generator.layers.activations import overwritten
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_AT_ZERO = Note(
    "No slope at zero",
    r"At \(x = 0\) the slope jumps from 0 to 1 and has no value; torch takes 0 there.",
)
_DEAD = Note(
    "Dead units",
    "Nothing flows back through an element whose input is negative. A unit whose input is negative "
    "for every example gets no gradient at all and stays as it is: it is called dead.",
)


@explains(
    "torch.nn.ReLU",
    "torch.nn.functional.relu",
    "torch.nn.functional.relu_",
    "torch.relu",
    "torch.relu_",
    "torch.Tensor.relu",
    "torch.Tensor.relu_",
    arguments="input, inplace=False",
    title="ReLU",
    search=("rectified linear unit", "rectifier", "activation", "nn.ReLU", "F.relu"),
)
def relu(call: Call) -> Formula:
    """The rectifier, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each positive input passes unchanged; each negative one becomes 0.",
        element.forward(larger(0, x)),
        element.gradient(cases((x <= 0, 0), otherwise=g)),
        notes=(_AT_ZERO, _DEAD, *overwritten(call)),
    )


def _input(*shape: int) -> torch.Tensor:
    """Random numbers, one of them exactly zero."""
    x = torch.randn(shape)
    x.view(-1)[0] = 0.0
    return x


def _module(*shape: int) -> Example:
    return Example(f"ReLU of {shape}", lambda: (nn.ReLU(), (_input(*shape),), {}))


examples(
    _module(5),
    _module(3, 4),
    _module(2, 3, 4),
    _module(2, 3, 4, 4),
    _module(1, 2, 2, 2, 3),
    _module(1, 2, 1, 2, 1, 2),
    _module(20, 30),
    Example("ReLU of a scalar", lambda: (nn.ReLU(), (torch.tensor(-0.5),), {})),
    Example("whole numbers", lambda: (F.relu, (torch.arange(-2, 3),), {})),
    Example("F.relu", lambda: (F.relu, (_input(2, 3),), {})),
    Example("torch.relu", lambda: (torch.relu, (_input(2, 3),), {})),
    Example("Tensor.relu", lambda: (torch.Tensor.relu, (_input(2, 3),), {})),
    Example("dead units", lambda: (nn.ReLU(), (-torch.rand(2, 3),), {})),
    Example(
        "zeros of both signs and infinities",
        lambda: (F.relu, (torch.tensor([0.0, -0.0, torch.inf, -torch.inf, 1e-40]),), {}),
    ),
)

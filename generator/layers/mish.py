"""y = x tanh(log(1 + e^x)): the input times a share that rises from 0 to 1 (Misra, 2019)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.layers.activations import overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.silu import sigmoid_stage, without_overflow

_NOT_MONOTONE = Note(
    "Not monotone",
    r"Unlike ReLU it dips below zero: its least value is about −0.31, at \(x \approx -1.19\), and "
    "to the left of that the slope is negative.",
)


@explains(
    "torch.nn.Mish",
    "torch.nn.functional.mish",
    arguments="input, inplace=False",
    title="Mish",
    search=("activation", "softplus", "nn.Mish", "F.mish"),
)
def mish(call: Call) -> Formula:
    """Mish, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    share, t = element.stage(
        "share", "t", "tanh of the softplus of x", apply("tanh", apply("log1p", apply("exp", x)))
    )
    sigmoid, s = sigmoid_stage(element)
    rounded, r = element.stage("rounded", "s", "sigmoid of x", without_overflow(x))
    return element.formula(
        "Each input is multiplied by the tanh of its softplus, a number between 0 and 1.",
        element.forward(x * t, stages=(share,)),
        element.gradient(
            g * (t + x * s * (1 - t**2)),
            stages=(share, sigmoid, rounded),
            arithmetic=g * (t + x * r * (1 - t**2)),
        ),
        notes=(_NOT_MONOTONE, *overwritten(call)),
    )


examples(
    *tried("Mish", nn.Mish, -1.192),
    Example("F.mish", lambda: (F.mish, (torch.randn(2, 3),), {})),
)

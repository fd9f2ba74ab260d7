"""y = x - tanh x: small values nearly vanish, large ones come nearer to zero by 1."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.layers.activations import tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.nn.Tanhshrink",
    "torch.nn.functional.tanhshrink",
    arguments="input",
    title="Tanhshrink",
    search=("activation", "nn.Tanhshrink", "F.tanhshrink"),
)
def tanhshrink(call: Call) -> Formula:
    """Tanhshrink, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    stage, t = element.stage("tanh", "t", "tanh of x", apply("tanh", x))
    return element.formula(
        "From each input its own tanh is subtracted.",
        element.forward(x - apply("tanh", x)),
        element.gradient(g * t**2, stages=(stage,), arithmetic=g - g * (1 - t**2)),
    )


examples(
    *tried("Tanhshrink", nn.Tanhshrink),
    Example("F.tanhshrink", lambda: (F.tanhshrink, (torch.randn(2, 3),), {})),
)

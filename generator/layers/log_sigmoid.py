"""y = log σ(x): the logarithm of the sigmoid, however small it is."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.layers.activations import tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_WHY = Note(
    "Why not log(sigmoid(x))",
    r"\(\log \sigma(x) = -\log(1 + e^{-x}) = x - \log(1 + e^{x})\); with the one whose exponent is "
    "not positive nothing overflows, and far below zero the result is x itself, where σ(x) would "
    "have become 0.",
)


@explains(
    "torch.nn.LogSigmoid",
    "torch.nn.functional.logsigmoid",
    "torch._C._nn.log_sigmoid",
    arguments="input",
    title="Log-sigmoid",
    search=("logarithm of sigmoid", "activation", "nn.LogSigmoid", "F.logsigmoid"),
)
def log_sigmoid(call: Call) -> Formula:
    """The logarithm of the sigmoid, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    z = apply("exp", -abs(x))
    share = z / (1 + z)
    return element.formula(
        "Each input becomes the logarithm of its sigmoid, a negative number.",
        element.forward(
            cases(
                (x < 0, x - apply("log1p", apply("exp", x))),
                otherwise=-apply("log1p", apply("exp", -x)),
            )
        ),
        element.gradient(
            g / (1 + apply("exp", x)),
            arithmetic=g * cases((x < 0, 1 - share), otherwise=share),
        ),
        notes=(_WHY,),
    )


examples(
    *tried("LogSigmoid", nn.LogSigmoid),
    Example("F.logsigmoid", lambda: (F.logsigmoid, (torch.randn(2, 3),), {})),
)

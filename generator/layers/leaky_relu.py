"""y = x where x > 0, otherwise a x: negative values are made small (Maas et al., 2013)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import numbers, overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_SLOPE = Sym("negative_slope", "a", "slope for negative values", integer=False)
_AT_ZERO = Note(
    "No slope at zero",
    r"At \(x = 0\) the slope jumps from \(a\) to 1 and has no value; torch takes \(a\) there.",
)


@explains(
    "torch.nn.LeakyReLU",
    "torch.nn.functional.leaky_relu",
    "torch.nn.functional.leaky_relu_",
    arguments="input, negative_slope=0.01, inplace=False",
    title="Leaky ReLU",
    search=("rectifier", "activation", "nn.LeakyReLU", "F.leaky_relu"),
)
def leaky_relu(call: Call) -> Formula:
    """The rectifier with a slope below zero, for an input of any shape."""
    settings = numbers(call, "negative_slope")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each positive input passes unchanged; each negative one is multiplied by "
        f"{plain_number(settings['negative_slope'])}.",
        element.forward(cases((x > 0, x), otherwise=_SLOPE * x)),
        element.gradient(cases((x > 0, g), otherwise=_SLOPE * g)),
        notes=(_AT_ZERO, *overwritten(call)),
        settings=settings,
    )


examples(
    *tried("LeakyReLU", nn.LeakyReLU),
    *tried("LeakyReLU(0.2)", lambda: nn.LeakyReLU(0.2)),
    *tried("LeakyReLU(-1.5)", lambda: nn.LeakyReLU(-1.5)),
    Example("F.leaky_relu", lambda: (F.leaky_relu, (torch.randn(2, 3),), {})),
    Example("F.leaky_relu, slope 0", lambda: (F.leaky_relu, (torch.randn(2, 3), 0), {})),
)

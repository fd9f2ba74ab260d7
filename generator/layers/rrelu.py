"""y = x where x > 0, otherwise a x, with a slope a that is drawn at random in training."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import numbers, overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_SLOPE = Sym("slope", "a", "slope for negative values, the mean of both limits", integer=False)
_MEAN = Note(
    "The slope is fixed here",
    "In evaluation mode it is the mean of both limits. In training each negative element has one "
    "of its own, drawn evenly between them.",
)


@explains(
    "torch.nn.RReLU",
    "torch.nn.functional.rrelu",
    "torch.nn.functional.rrelu_",
    "torch.rrelu",
    "torch.rrelu_",
    arguments="input, lower=0.125, upper=0.3333333333333333, training=False, inplace=False",
    title="Randomised leaky ReLU",
    search=("RReLU", "rectifier", "activation", "nn.RReLU", "F.rrelu"),
)
def rrelu(call: Call) -> Formula:
    """The rectifier with a slope between two limits below zero, in evaluation mode."""
    limits = numbers(call, "lower", "upper")
    if call.options["training"]:
        raise Refused("rrelu in training: the slopes that were drawn are not explained")
    slope = (limits["lower"] + limits["upper"]) / 2
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each positive input passes unchanged; each negative one is multiplied by "
        f"{plain_number(slope)}.",
        element.forward(cases((x > 0, x), otherwise=_SLOPE * x)),
        element.gradient(cases((x > 0, g), otherwise=_SLOPE * g)),
        notes=(_MEAN, *overwritten(call)),
        settings={"slope": slope},
    )


examples(
    *tried("RReLU in evaluation", lambda: nn.RReLU().eval()),
    *tried("RReLU(0.1, 0.4) in evaluation", lambda: nn.RReLU(0.1, 0.4).eval()),
    Example("F.rrelu", lambda: (F.rrelu, (torch.randn(2, 3),), {})),
)

"""y = x / (1 + |x|): any number becomes one between -1 and 1, slowly."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.layers.activations import tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_SATURATION = Note(
    "Saturation",
    r"The slope \(1 / (1 + |x|)^2\) is 1 at \(x = 0\) and falls off like \(1/x^2\), much more "
    "slowly than that of tanh.",
)


@explains(
    "torch.nn.Softsign",
    "torch.nn.functional.softsign",
    arguments="input",
    title="Softsign",
    search=("activation", "nn.Softsign", "F.softsign"),
)
def softsign(call: Call) -> Formula:
    """Softsign, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    below = 1 + abs(x)
    return element.formula(
        "Each input is divided by 1 plus its absolute value, which gives a number from −1 to 1.",
        element.forward(x / below),
        element.gradient(
            g / below**2,
            # the quotient rule as it stands, term by term
            arithmetic=g / below - g * (x / below / below) * apply("sign", x),
        ),
        notes=(_SATURATION,),
    )


examples(
    *tried("Softsign", nn.Softsign),
    Example("F.softsign", lambda: (F.softsign, (torch.randn(2, 3),), {})),
    Example("large", lambda: (F.softsign, (torch.tensor([1e4, -1e6, 1e10]),), {})),
)

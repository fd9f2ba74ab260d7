"""y = arcosh x: the number whose hyperbolic cosine each element is."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.samples import each

_DOMAIN = Note(
    "Only numbers from 1 on have one",
    "An element below 1 gives NaN; at 1 the slope is infinite.",
)


@explains(
    "torch.acosh",
    "torch.acosh_",
    "torch.Tensor.acosh",
    "torch.Tensor.acosh_",
    "torch.arccosh",
    "torch.arccosh_",
    "torch.Tensor.arccosh",
    "torch.Tensor.arccosh_",
    arguments="input",
    title="Inverse hyperbolic cosine",
    search=("arccosh", "area hyperbolic", "torch.acosh"),
)
def acosh(call: Call) -> Formula:
    """The inverse hyperbolic cosine, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each element becomes the number, not negative, whose hyperbolic cosine it is.",
        element.forward(apply("arcosh", x)),
        element.gradient(g / apply("sqrt", x**2 - 1), arithmetic=g / apply("sqrt", x * x - 1)),
        notes=(_DOMAIN, *in_place(call)),
    )


examples(*each(torch.acosh, 1e10, 1.001, low=1.05, high=6.0))

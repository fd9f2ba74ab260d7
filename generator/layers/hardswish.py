"""y = x min(6, max(0, x + 3)) / 6: SiLU with straight pieces (Howard et al., MobileNetV3, 2019)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, larger, smaller
from generator.layers.activations import overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_CORNERS = Note(
    "No slope at −3 and at 3",
    "There the slope jumps, from −½ at the lower corner and from 1½ at the upper one; torch takes "
    "the value outside, 0 and 1.",
)


@explains(
    "torch.nn.Hardswish",
    "torch.nn.functional.hardswish",
    arguments="input, inplace=False",
    title="Hard swish",
    search=("h-swish", "MobileNetV3", "activation", "nn.Hardswish", "F.hardswish"),
)
def hardswish(call: Call) -> Formula:
    """Hard swish, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        "Each input passes unchanged from 3 on and becomes 0 up to −3; between them it is "
        "multiplied by a share that grows evenly from 0 to 1.",
        element.forward(x * smaller(6, larger(0, x + 3)) / 6),
        element.gradient(cases((x <= -3, 0), (x < 3, g * (x / 3 + 0.5)), otherwise=g)),
        notes=(_CORNERS, *overwritten(call)),
    )


examples(
    *tried("Hardswish", nn.Hardswish, -3.0, 3.0, -2.9999998, 2.9999998, -1.5),
    Example("F.hardswish", lambda: (F.hardswish, (torch.randn(2, 3),), {})),
)

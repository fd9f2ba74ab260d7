"""y = min(b, max(a, x)): values are cut off below a and above b; ReLU6 with a = 0 and b = 6."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, larger, smaller
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import limits, numbers, overwritten, stored, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_LOW = Sym("min_val", "a", "least value that is kept", integer=False)
_HIGH = Sym("max_val", "b", "greatest value that is kept", integer=False)
_CORNERS = Note(
    "No slope at the limits",
    "At both of them the slope jumps between 0 and 1 and has no value; torch takes 0 there.",
)
_CUT = Note(
    "Nothing flows back from what is cut off",
    "An element at or beyond a limit gets no gradient at all.",
)


@explains(
    "torch.nn.Hardtanh",
    "torch.nn.functional.hardtanh",
    "torch.nn.functional.hardtanh_",
    arguments="input, min_val=-1.0, max_val=1.0, inplace=False",
    title="Hardtanh",
    search=("clipping", "clamp", "activation", "nn.Hardtanh", "F.hardtanh"),
)
def hardtanh(call: Call) -> Formula:
    """Values cut off at two limits, for an input of any shape."""
    low, high = numbers(call, "min_val", "max_val").values()
    settings = limits(call, "min_val", "max_val")
    if low > high:
        raise Refused(f"hardtanh(min_val={low}, max_val={high}): the limits are exchanged")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    cut = smaller(_HIGH, larger(_LOW, x))
    return element.formula(
        f"Inputs from {plain_number(low)} to {plain_number(high)} pass unchanged; what is below "
        "or above becomes the limit.",
        element.forward(cut, arithmetic=stored(call, cut, settings)),
        element.gradient(cases((x <= _LOW, 0), (x >= _HIGH, 0), otherwise=g)),
        notes=(_CORNERS, _CUT, *overwritten(call)),
        settings=settings,
    )


@explains(
    "torch.nn.ReLU6",
    "torch.nn.functional.relu6",
    arguments="input, inplace=False",
    title="ReLU6",
    search=("rectified linear unit", "MobileNet", "activation", "nn.ReLU6", "F.relu6"),
)
def relu6(call: Call) -> Formula:
    """The rectifier that is cut off at 6."""
    return hardtanh(replace(call, options={**call.options, "min_val": 0.0, "max_val": 6.0}))


examples(
    *tried("Hardtanh", nn.Hardtanh, -1.0, 1.0),
    *tried("Hardtanh(-2, 0.3)", lambda: nn.Hardtanh(-2, 0.3), -2.0, 0.3),
    *tried("Hardtanh(-0.1, 0.7)", lambda: nn.Hardtanh(-0.1, 0.7), -0.1, 0.7),
    *tried("ReLU6", nn.ReLU6, 6.0),
    Example("whole numbers", lambda: (F.relu6, (torch.arange(-3, 9),), {})),
    Example("whole numbers, limits", lambda: (F.hardtanh, (torch.arange(-3, 9), -2, 5), {})),
    Example("F.relu6", lambda: (F.relu6, (10 * torch.randn(2, 3),), {})),
    Example("F.hardtanh", lambda: (F.hardtanh, (torch.randn(2, 3), -0.1, 0.2), {})),
)

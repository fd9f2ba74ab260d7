"""y = x where x > θ, otherwise v: values up to a threshold are replaced."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import limits, numbers, overwritten, stored, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_THRESHOLD = Sym("threshold", r"\theta", "threshold", integer=False)
_VALUE = Sym("value", "v", "what replaces a value up to the threshold", integer=False)
_CUT = Note(
    "Nothing flows back from what is replaced",
    "An element at the threshold or below gets no gradient at all.",
)


@explains(
    "torch.nn.Threshold",
    "torch.nn.functional.threshold",
    "torch.nn.functional.threshold_",
    "torch.threshold",
    "torch.threshold_",
    arguments="input, threshold, value, inplace=False",
    title="Threshold",
    search=("activation", "nn.Threshold", "F.threshold"),
)
def threshold(call: Call) -> Formula:
    """Values replaced up to a threshold, for an input of any shape."""
    given = numbers(call, "threshold", "value")
    settings = limits(call, "threshold", "value")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    body = cases((x <= _THRESHOLD, _VALUE), otherwise=x)
    return element.formula(
        f"Each input above {plain_number(given['threshold'])} passes unchanged; all others "
        f"become {plain_number(given['value'])}.",
        element.forward(body, arithmetic=stored(call, body, settings)),
        element.gradient(cases((x <= _THRESHOLD, 0), otherwise=g)),
        notes=(_CUT, *overwritten(call)),
        settings=settings,
    )


examples(
    *tried("Threshold(0.7, 20)", lambda: nn.Threshold(0.7, 20), 0.7),
    *tried("Threshold(-0.1, 0.3)", lambda: nn.Threshold(-0.1, 0.3), -0.1),
    Example("F.threshold", lambda: (F.threshold, (torch.randn(2, 3), 0, -1), {})),
    Example("torch.threshold", lambda: (torch.threshold, (torch.randn(2, 3), 0, -1), {})),
    Example("whole numbers", lambda: (F.threshold, (torch.arange(-3, 9), 2, 7), {})),
)

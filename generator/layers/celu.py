"""y = x where x > 0, otherwise α (e^(x/α) - 1): ELU with slope 1 at zero (Barron, 2017)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.text import plain_number
from generator.formula.tree import Num, Sym
from generator.layers.activations import numbers, overwritten, tried
from generator.layers.dtypes import held
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_ALPHA = Sym("alpha", r"\alpha", "how far below zero the output can get", integer=False)
_SMOOTH = Note(
    "No corner at zero",
    r"The slope is 1 on both sides, whatever \(\alpha\) is; that of ELU jumps from \(\alpha\) to "
    "1.",
)


@explains(
    "torch.nn.CELU",
    "torch.nn.functional.celu",
    "torch.nn.functional.celu_",
    "torch.celu",
    "torch.celu_",
    arguments="input, alpha=1.0, inplace=False",
    title="CELU",
    search=("continuously differentiable exponential linear unit", "nn.CELU", "F.celu"),
)
def celu(call: Call) -> Formula:
    """The continuously differentiable exponential linear unit, for an input of any shape."""
    settings = numbers(call, "alpha")
    if settings["alpha"] == 0:
        raise Refused("celu(alpha=0): there is no such function")
    if call.output.dtype == "float64" and held(settings["alpha"], "float32") != settings["alpha"]:
        # an error that no rounding of float64 explains
        raise Refused("celu in float64: torch's backward pass rounds this alpha to float32")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    least = plain_number(-settings["alpha"])
    # torch multiplies by 1/α, which it rounds first
    scaled = x * (Num(1) / _ALPHA)
    return element.formula(
        f"Each positive input passes unchanged; negative ones level off towards {least}."
        if settings["alpha"] > 0
        else "Each positive input passes unchanged; negative ones grow exponentially.",
        element.forward(
            cases((x <= 0, _ALPHA * apply("expm1", x / _ALPHA)), otherwise=x),
            arithmetic=cases((x <= 0, _ALPHA * apply("expm1", scaled)), otherwise=x),
        ),
        element.gradient(
            cases((x <= 0, apply("exp", x / _ALPHA) * g), otherwise=g),
            arithmetic=cases(
                (x <= 0, _ALPHA * (Num(1) / _ALPHA) * apply("exp", scaled) * g), otherwise=g
            ),
        ),
        notes=(_SMOOTH, *overwritten(call)),
        settings=settings,
    )


examples(
    *tried("CELU", nn.CELU),
    *tried("CELU(0.7)", lambda: nn.CELU(0.7), double=False),
    *tried("CELU(-3)", lambda: nn.CELU(-3)),
    Example("F.celu", lambda: (F.celu, (torch.randn(2, 3),), {})),
)

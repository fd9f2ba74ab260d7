"""y = x where x > 0, otherwise α (e^x - 1): negative values level off (Clevert et al., 2016)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import numbers, overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_ALPHA = Sym("alpha", r"\alpha", "how far below zero the output can get", integer=False)
_AT_ZERO = Note(
    "The slope at zero",
    r"From below it is \(\alpha\), from above 1; torch takes \(\alpha\) at \(x = 0\).",
)


@explains(
    "torch.nn.ELU",
    "torch.nn.functional.elu",
    "torch.nn.functional.elu_",
    arguments="input, alpha=1.0, inplace=False",
    title="ELU",
    search=("exponential linear unit", "activation", "nn.ELU", "F.elu"),
)
def elu(call: Call) -> Formula:
    """The exponential linear unit, for an input of any shape."""
    settings = numbers(call, "alpha")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    least = plain_number(-settings["alpha"])
    return element.formula(
        f"Each positive input passes unchanged; negative ones level off towards {least}.",
        element.forward(cases((x <= 0, _ALPHA * apply("expm1", x)), otherwise=x)),
        element.gradient(cases((x <= 0, _ALPHA * apply("exp", x) * g), otherwise=g)),
        notes=(*(() if settings["alpha"] == 1 else (_AT_ZERO,)), *overwritten(call)),
        settings=settings,
    )


examples(
    *tried("ELU", nn.ELU),
    *tried("ELU(0.3)", lambda: nn.ELU(0.3)),
    *tried("ELU(-1.5)", lambda: nn.ELU(-1.5)),
    Example("F.elu", lambda: (F.elu, (torch.randn(2, 3),), {})),
)

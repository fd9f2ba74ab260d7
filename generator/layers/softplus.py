"""y = log(1 + e^(βx)) / β: a smooth version of ReLU."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Sym
from generator.layers.activations import numbers, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_BETA = Sym("beta", r"\beta", "how sharp the bend is", integer=False)
_THRESHOLD = Sym("threshold", r"\theta", "from here on the input passes as it is", integer=False)
_JUMP = Note(
    "Straight from the threshold on",
    r"Above \(\beta x = \theta\) torch returns \(x\) itself, so that \(e^{\beta x}\) cannot "
    "overflow. The two differ there by less than \\(e^{-\\theta} / \\beta\\).",
)


@explains(
    "torch.nn.Softplus",
    "torch.nn.functional.softplus",
    arguments="input, beta=1.0, threshold=20.0",
    title="Softplus",
    search=("smooth ReLU", "activation", "nn.Softplus", "F.softplus"),
)
def softplus(call: Call) -> Formula:
    """Softplus, for an input of any shape."""
    settings = numbers(call, "beta", "threshold")
    if settings["beta"] == 0:
        raise Refused("softplus(beta=0): there is no such function")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    straight = _BETA * x > _THRESHOLD
    power = apply("exp", _BETA * x)
    return element.formula(
        "Each input becomes a positive number: nearly 0 far below zero, nearly itself far above."
        if settings["beta"] > 0
        else "Each input becomes a negative number: nearly 0 far above zero, nearly itself far "
        "below.",
        element.forward(
            cases((straight, x), otherwise=apply("log1p", power) / _BETA),
        ),
        element.gradient(
            cases((straight, g), otherwise=g / (1 + apply("exp", -(_BETA * x)))),
            arithmetic=cases((straight, g), otherwise=g * power / (1 + power)),
        ),
        notes=(_JUMP,),
        settings=settings,
    )


examples(
    *tried("Softplus", nn.Softplus, 20.0, 19.999, 20.001),
    *tried("Softplus(2, 1)", lambda: nn.Softplus(2, 1), 0.5, 0.501),
    *tried("Softplus(0.3, 5.5)", lambda: nn.Softplus(0.3, 5.5), 18.3),
    *tried("Softplus(-1.5)", lambda: nn.Softplus(-1.5)),
    Example("F.softplus", lambda: (F.softplus, (torch.randn(2, 3), 3), {})),
)

"""y = x Φ(x), the input times the share of a normal distribution below it (Hendrycks 2016)."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.formula.tree import Num, Sym
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_PI = Sym("pi", r"\pi", "the circle's constant", integer=False)
_CUBIC = Sym("kappa", r"\kappa", "weight of the cubic term", integer=False)
_SETTINGS = {"pi": math.pi, "kappa": 0.044715}
_NOT_MONOTONE = Note(
    "Not monotone",
    r"Unlike ReLU it dips below zero: its least value is about −0.17, at \(x \approx -0.75\), and "
    "to the left of that the slope is negative.",
)
_APPROXIMATE = Note(
    "An approximation",
    r"`approximate='tanh'` replaces \(\Phi(x)\) by a formula with tanh. It differs from the exact "
    "GELU by up to about 0.0005, so weights trained with one should be run with the same.",
)


@explains(
    "torch.nn.GELU",
    "torch.nn.functional.gelu",
    "torch._C._nn.gelu",
    arguments="input, approximate='none'",
    title="GELU",
    search=("Gaussian error linear unit", "activation", "nn.GELU", "F.gelu"),
)
def gelu(call: Call) -> Formula:
    """The Gaussian error linear unit, exact or in its approximation with tanh."""
    approximate = call.options["approximate"]
    if approximate == "none":
        return _exact(Elementwise.of(call))
    if approximate == "tanh":
        return _with_tanh(Elementwise.of(call))
    message = f"GELU(approximate={approximate!r}): this approximation is not explained"
    raise Refused(message)


def _exact(element: Elementwise) -> Formula:
    x, g = element.value, element.from_above
    below, share = element.stage(
        "below",
        r"\Phi",
        "share of the standard normal distribution below x",
        (1 + apply("erf", x / apply("sqrt", Num(2)))) / 2,
    )
    bell, density = element.stage(
        "density",
        r"\varphi",
        "density of the standard normal distribution at x",
        apply("exp", -(x**2 / 2)) / apply("sqrt", 2 * _PI),
    )
    return element.formula(
        "Each input is multiplied by the probability that a standard normal number is below it.",
        element.forward(x * share, stages=(below,)),
        element.gradient(g * (share + x * density), stages=(below, bell)),
        notes=(_NOT_MONOTONE,),
        settings=_SETTINGS,
    )


def _with_tanh(element: Elementwise) -> Formula:
    x, g = element.value, element.from_above
    scale = apply("sqrt", Num(2) / _PI)
    stage, t = element.stage(
        "tanh",
        "t",
        "tanh of a cubic, which follows the normal distribution closely",
        apply("tanh", scale * (x + _CUBIC * x**3)),
    )
    slope = scale * (1 + 3 * _CUBIC * x**2)
    derivative = (1 + t) / 2 + x / 2 * (1 - t**2) * slope
    return element.formula(
        "Each input is multiplied by nearly the probability that a standard normal number is below "
        "it, approximated with tanh.",
        element.forward(x / 2 * (1 + t), stages=(stage,)),
        element.gradient(g * derivative, stages=(stage,)),
        notes=(_NOT_MONOTONE, _APPROXIMATE),
        settings=_SETTINGS,
    )


def _module(approximate: str, *shape: int) -> Example:
    return Example(
        f"GELU({approximate}) of {shape}",
        lambda: (nn.GELU(approximate), (torch.randn(shape),), {}),
    )


def _spread(approximate: str) -> Example:
    return Example(
        f"saturated on both sides, {approximate}",
        lambda: (F.gelu, (torch.linspace(-40, 40, 81),), {"approximate": approximate}),
    )


examples(
    _module("none", 5),
    _module("tanh", 5),
    _module("none", 3, 4),
    _module("tanh", 2, 3, 4),
    _module("none", 1, 2, 3, 3),
    _module("tanh", 1, 2, 2, 2, 2),
    _module("none", 20, 30),
    _module("tanh", 20, 30),
    _spread("none"),
    _spread("tanh"),
    Example("F.gelu", lambda: (F.gelu, (torch.randn(2, 3),), {})),
    Example("GELU of a scalar", lambda: (nn.GELU(), (torch.tensor(-0.7),), {})),
    Example("near zero", lambda: (F.gelu, (1e-6 * torch.randn(3, 3),), {})),
    Example("far out", lambda: (F.gelu, (torch.tensor([-1e4, -200.0, 0, 300]),), {})),
)

"""y = x σ(x): the input times its own sigmoid (Elfwing et al., 2017), also called swish."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Expr, Read, Stage
from generator.layers.activations import overwritten, tried
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_NOT_MONOTONE = Note(
    "Not monotone",
    r"Unlike ReLU it dips below zero: its least value is about −0.28, at \(x \approx -1.28\), and "
    "to the left of that the slope is negative.",
)


@explains(
    "torch.nn.SiLU",
    "torch.nn.functional.silu",
    arguments="input, inplace=False",
    title="SiLU",
    search=("swish", "sigmoid linear unit", "activation", "nn.SiLU", "F.silu"),
)
def silu(call: Call) -> Formula:
    """The sigmoid linear unit, for an input of any shape."""
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    textbook, s = sigmoid_stage(element)
    rounded, r = _rounded(element)
    return element.formula(
        "Each input is multiplied by its own sigmoid, a number between 0 and 1.",
        element.forward(x * s, stages=(textbook, rounded), arithmetic=x * r),
        element.gradient(
            g * s * (1 + x * (1 - s)),
            stages=(textbook, rounded),
            arithmetic=g * r * (1 + x * (1 - r)),
        ),
        notes=(_NOT_MONOTONE, *overwritten(call)),
    )


def sigmoid_stage(element: Elementwise) -> tuple[Stage, Read]:
    """σ(x), as a textbook has it."""
    body = 1 / (1 + apply("exp", -element.value))
    return element.stage("sigmoid", r"\sigma", "sigmoid of x", body)


def _rounded(element: Elementwise) -> tuple[Stage, Read]:
    """σ(x) for the error budget."""
    return element.stage("rounded", "s", "sigmoid of x", without_overflow(element.value))


def without_overflow(x: Expr) -> Expr:
    """σ(x) where e^-x is too large even for a bound on its error."""
    power = apply("exp", x)
    return cases((x >= 0, 1 / (1 + apply("exp", -x))), otherwise=power / (1 + power))


examples(
    *tried("SiLU", nn.SiLU, -1.278),
    Example("F.silu", lambda: (F.silu, (torch.randn(2, 3),), {})),
    Example("F.silu, not in place", lambda: (F.silu, (torch.randn(2, 3),), {"inplace": False})),
)

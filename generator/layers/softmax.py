"""y_k = e^(x_k - m) / Σ_j e^(x_j - m): numbers along one axis become shares that add up to 1."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, total
from generator.formula.tree import Equation, Stage, Var
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.shares import Shares, implicit, shares_of
from generator.layers.tensors import gradient_of, upstream

_MAXIMUM = Note(
    "Why the maximum is subtracted",
    r"\(e^{-m}\) cancels in the fraction, so the result is the same without it; but \(e^{x}\) "
    "overflows in float32 from 88.8 on, and with the maximum taken off no exponent is positive.",
)
_SHIFT = Note(
    "Only differences count",
    "Adding one number to all inputs along the axis changes nothing, so the gradient along the "
    "axis adds up to 0.",
)


@explains(
    "torch.nn.Softmax",
    "torch.nn.functional.softmax",
    arguments="input, dim=None, _stacklevel=3, dtype=None",
    title="Softmax",
    search=("normalised exponential", "attention weights", "nn.Softmax", "F.softmax"),
)
def softmax(call: Call) -> Formula:
    """Softmax along one axis, with the maximum subtracted as every library does."""
    shares = shares_of(call)
    share = apply("exp", shares.shifted) / shares.normaliser
    forward = Equation(shares.output(), shares.indices, share, (shares.x,), shares.stages)
    count, place = call.shape()[shares.place], shares.place
    return Formula(
        summary=f"The {count} numbers along axis {place} become positive shares that add up to 1.",
        forward=forward,
        gradients={"input": _gradient(shares)},
        settings=shares.settings,
        axes={"input": shares.names, "output": shares.names},
        notes=(_MAXIMUM, _SHIFT, *implicit(call)),
    )


def _gradient(shares: Shares) -> Equation:
    """∂L/∂x_k = p_k (g_k - Σ_j g_j p_j), where p is the output."""
    p = shares.tensor("share", "p", "the output, computed once more from the input", "stage")
    stage = Stage(p, shares.indices, apply("exp", shares.shifted) / shares.normaliser)
    g, j = upstream(shares.output()), Var("j")
    mean = total(j.over(shares.length), g[shares.at(j)] * p[shares.at(j)])
    body = p[shares.indices] * (g[shares.indices] - mean)
    stages = (*shares.stages, stage)
    return Equation(gradient_of(shares.x), shares.indices, body, (g, shares.x), stages)


@explains(
    "torch.softmax",
    "torch.Tensor.softmax",
    "torch.special.softmax",
    arguments="input, dim, dtype=None",
    title="Softmax",
    search=("normalised exponential", "attention weights", "torch.softmax"),
)
def softmax_with_axis(call: Call) -> Formula:
    """The spellings that have to be given an axis."""
    return softmax(call)


@explains(
    "torch.nn.Softmax2d",
    arguments="input, dim=-3, dtype=None",
    title="Softmax over channels",
    search=("nn.Softmax2d",),
)
def softmax_over_channels(call: Call) -> Formula:
    """Softmax over the channels of an image, at each position alone."""
    return softmax(call)


def _module(dim: int, *shape: int) -> Example:
    return Example(
        f"Softmax(dim={dim}) of {shape}", lambda: (nn.Softmax(dim), (torch.randn(shape),), {})
    )


def _masked() -> torch.Tensor:
    """Attention scores with the later positions masked."""
    return torch.randn(4, 4).masked_fill(torch.ones(4, 4).triu(1) > 0, -torch.inf)


examples(
    _module(0, 5),
    _module(1, 3, 4),
    _module(0, 3, 4),
    _module(-1, 2, 3, 4),
    _module(1, 2, 3, 4),
    _module(-3, 1, 3, 2, 2),
    _module(2, 1, 2, 3, 2, 2),
    _module(1, 3, 1),
    _module(-1, 8, 150),
    _module(0, 40, 6),
    Example("Softmax2d", lambda: (nn.Softmax2d(), (torch.randn(2, 3, 2, 2),), {})),
    Example("F.softmax", lambda: (F.softmax, (torch.randn(2, 3), 1), {})),
    Example("torch.softmax", lambda: (torch.softmax, (torch.randn(2, 3),), {"dim": -1})),
    Example("Tensor.softmax", lambda: (torch.Tensor.softmax, (torch.randn(2, 3), 0), {})),
    Example(
        "dtype as it is anyway",
        lambda: (F.softmax, (torch.randn(2, 3),), {"dim": 1, "dtype": torch.float32}),
    ),
    Example("logits of size 100", lambda: (F.softmax, (100 * torch.randn(4, 6), 1), {})),
    Example("logits of size 1000", lambda: (F.softmax, (1000 * torch.randn(4, 6), 1), {})),
    Example("ties", lambda: (F.softmax, (torch.ones(2, 4), 1), {})),
    Example("masked", lambda: (F.softmax, (_masked(), -1), {})),
    Example("nearly even", lambda: (F.softmax, (1e-4 * torch.randn(3, 50) + 7, 1), {})),
)

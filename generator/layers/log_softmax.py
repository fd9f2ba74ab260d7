"""y_k = x_k - m - log Σ_j e^(x_j - m): the logarithm of softmax, however small the share is."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, total
from generator.formula.tree import Equation, Var
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.shares import Shares, implicit, shares_of
from generator.layers.tensors import gradient_of, upstream

_WHY = Note(
    "Why not log(softmax(x))",
    "A share below about 10⁻⁴⁵ is 0 in float32 and its logarithm −∞; written as a difference, the "
    "logarithm keeps its digits however small the share is.",
)


@explains(
    "torch.nn.LogSoftmax",
    "torch.nn.functional.log_softmax",
    arguments="input, dim=None, _stacklevel=3, dtype=None",
    title="Log-softmax",
    search=("logarithm of softmax", "log-probabilities", "nn.LogSoftmax", "F.log_softmax"),
)
def log_softmax(call: Call) -> Formula:
    """Log-softmax along one axis, with the maximum subtracted as every library does."""
    shares = shares_of(call)
    forward = Equation(
        shares.output(), shares.indices, shares.log_share, (shares.x,), shares.stages
    )
    count, place = call.shape()[shares.place], shares.place
    return Formula(
        summary=f"The {count} numbers along axis {place} become logarithms of shares that add up "
        "to 1.",
        forward=forward,
        gradients={"input": _gradient(shares)},
        settings=shares.settings,
        axes={"input": shares.names, "output": shares.names},
        notes=(_WHY, *implicit(call)),
    )


def _gradient(shares: Shares) -> Equation:
    """∂L/∂x_k = g_k - p_k Σ_j g_j, with the share p = e^ℓ where ℓ is the output."""
    log_share, stage = shares.log_shares
    g, j = upstream(shares.output()), Var("j")
    everything = total(j.over(shares.length), g[shares.at(j)])
    body = g[shares.indices] - apply("exp", log_share[shares.indices]) * everything
    stages = (*shares.stages, stage)
    return Equation(gradient_of(shares.x), shares.indices, body, (g, shares.x), stages)


@explains(
    "torch.log_softmax",
    "torch.Tensor.log_softmax",
    "torch.special.log_softmax",
    arguments="input, dim, dtype=None",
    title="Log-softmax",
    search=("logarithm of softmax", "log-probabilities", "torch.log_softmax"),
)
def log_softmax_with_axis(call: Call) -> Formula:
    """The spellings that have to be given an axis."""
    return log_softmax(call)


def _module(dim: int, *shape: int) -> Example:
    return Example(
        f"LogSoftmax(dim={dim}) of {shape}",
        lambda: (nn.LogSoftmax(dim), (torch.randn(shape),), {}),
    )


def _logits(scale: float) -> Example:
    return Example(
        f"logits of size {scale}", lambda: (F.log_softmax, (scale * torch.randn(4, 6), 1), {})
    )


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
    _logits(100),
    _logits(1000),
    Example("F.log_softmax", lambda: (F.log_softmax, (torch.randn(2, 3), 1), {})),
    Example("torch.log_softmax", lambda: (torch.log_softmax, (torch.randn(2, 3),), {"dim": -1})),
    Example("Tensor.log_softmax", lambda: (torch.Tensor.log_softmax, (torch.randn(2, 3), 0), {})),
    Example("ties", lambda: (F.log_softmax, (torch.ones(2, 4), 1), {})),
    Example("far from zero", lambda: (F.log_softmax, (torch.randn(3, 5) + 1e4, 1), {})),
    Example(
        "one class masked",
        lambda: (F.log_softmax, (torch.tensor([[0.3, -torch.inf, 1.2]]), 1), {}),
    ),
)

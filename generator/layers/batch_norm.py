"""y = (x - μ_c) / √(σ²_c + ε) · γ_c + β_c: each channel normalised over batch and positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Neg, Stage, Tensor, When, add, mul
from generator.layers import moments
from generator.layers.axes import at, channel_axes, names, settings
from generator.layers.batch_norm_setup import BatchNorm, averaged, batch_norm_of
from generator.layers.batch_norm_words import notes, summary
from generator.layers.norm_examples import normalising
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.nn.BatchNorm1d",
    "torch.nn.BatchNorm2d",
    "torch.nn.BatchNorm3d",
    arguments="input, running_mean=None, running_var=None, weight=None, bias=None, "
    "training=False, momentum=0.1, eps=1e-05, track_running_stats=True",
    title="Batch normalisation",
    search=("batch norm", "BatchNorm", "F.batch_norm", "batch normalization"),
)
@explains(
    "torch.nn.functional.batch_norm",
    arguments="input, running_mean, running_var, weight=None, bias=None, "
    "training=False, momentum=0.1, eps=1e-05",
    title="Batch normalisation",
    search=("batch norm", "BatchNorm", "batch normalization"),
)
@explains(
    "torch.batch_norm",
    arguments="input, weight, bias, running_mean, running_var, "
    "training, momentum, eps, cudnn_enabled",
    title="Batch normalisation",
    search=("batch norm", "BatchNorm", "batch normalization"),
)
def batch_norm(call: Call) -> Formula:
    """With the batch's own statistics, or with the running ones."""
    epsilon = moments.number(call, "eps")
    batch = bool(call.options["training"]) or "running_mean" not in call.tensors
    _refuse(call, epsilon, batch)
    shape = call.shape()
    norm = batch_norm_of(channel_axes(len(shape)), batch=batch)
    gradients = {"input": _input_gradient(norm), **_parameter_gradients(norm)}
    return Formula(
        summary=summary(call, epsilon, batch=batch),
        forward=_forward(norm),
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **settings(norm.axes, shape),
            "M": averaged(shape),
            "eps": epsilon,
            "weight": "weight" in call.tensors,
            "bias": "bias" in call.tensors,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(norm.axes)),
            **dict.fromkeys(("weight", "bias", "running_mean", "running_var"), ("channel",)),
        },
        multiply_adds=math.prod(shape) * (batch + moments.shifted(call)),
        notes=notes(call, batch=batch),
    )


def _refuse(call: Call, epsilon: float, batch: bool) -> None:
    moments.refuse_complex(call)
    if batch and epsilon <= 0:
        # where a channel's variance is 0 as well, torch puts 0 in place of 1/0
        raise Refused(f"{call.type}(eps={epsilon:g}) with the batch's statistics is not explained")
    if len(call.shape()) < 2:
        raise Refused(f"{call.type}: an input of shape {call.shape()} has no channels")


def _forward(norm: BatchNorm) -> Equation:
    i, c = at(norm.axes), at(norm.channel)
    shift = When("bias", norm.bias[c])
    body = moments.normalised(norm.x, norm.axes, norm.channel, norm.mean, norm.variance)
    # torch applies one multiply and one add: x·α + (β - μ·α) with α = γ·r
    slope = moments.stage(
        "slope",
        r"\alpha",
        norm.channel,
        "weight over the standard deviation",
        mul(norm.scale, norm.inverse),
    )
    alpha = slope.tensor[c]
    return Equation(
        norm.y,
        i,
        mul(body, norm.scale) + shift,
        (norm.x, norm.weight, norm.bias, *norm.given),
        (*norm.stages, *norm.rounded, slope),
        arithmetic=add(norm.x[i] * alpha, add(shift, Neg(norm.mean[c] * alpha))),
    )


def _input_gradient(norm: BatchNorm) -> Equation:
    g, i, c = upstream(norm.y), at(norm.axes), at(norm.channel)
    root = moments.deviation_root(norm.variance, norm.channel)
    r = norm.inverse
    tensors = (g, norm.x, norm.weight, *norm.given)
    if not norm.stages:
        body = mul(norm.scale, g[i]) / root
        order = mul(g[i], r, norm.scale)
        return Equation(gradient_of(norm.x), i, body, tensors, norm.rounded, arithmetic=order)
    hat, dot = norm.normalised, _dot(norm, g)
    mean = _mean_of(norm, "mean_upstream", r"\overline{g}", "mean of the upstream gradient", g[i])
    along = _mean_of(
        norm,
        "mean_upstream_normalised",
        r"\overline{g\hat{x}}_{#}",
        "mean of upstream gradient times normalised input",
        g[i] * hat.tensor[i],
    )
    inner = g[i] - mean.tensor[c] - hat.tensor[i] * along.tensor[c]
    slope = mul(dot.tensor[c], r, r) / moments.COUNT
    order = g[i] - mean.tensor[c] - (norm.x[i] - norm.mean[c]) * slope
    return Equation(
        gradient_of(norm.x),
        i,
        mul(norm.scale, inner) / root,
        tensors,
        (*norm.stages, hat, mean, along, *norm.rounded, dot),
        arithmetic=mul(order, r, norm.scale),
    )


def _parameter_gradients(norm: BatchNorm) -> dict[str, Equation]:
    g, i, c = upstream(norm.y), at(norm.axes), at(norm.channel)
    spans = [a.span for a in norm.over]
    hat, dot = norm.normalised, _dot(norm, g)
    weight = Equation(
        gradient_of(norm.weight),
        c,
        total(spans, g[i] * hat.tensor[i]),
        (g, norm.x, *norm.given),
        (*norm.stages, hat, *norm.rounded, dot),
        arithmetic=dot.tensor[c] * norm.inverse,
    )
    return {
        "weight": weight,
        "bias": Equation(gradient_of(norm.bias), c, total(spans, g[i]), (g,)),
    }


def _mean_of(norm: BatchNorm, name: str, latex: str, meaning: str, body: Expr) -> Stage:
    meaning = f"{meaning}, over the channel"
    return moments.stage(name, latex, norm.channel, meaning, moments.average(norm.over, body))


def _dot(norm: BatchNorm, g: Tensor) -> Stage:
    """Σ ∂L/∂y · (x - μ), from which torch computes both gradients."""
    i, c = at(norm.axes), at(norm.channel)
    body = total([a.span for a in norm.over], (norm.x[i] - norm.mean[c]) * g[i])
    meaning = "sum of upstream gradient times deviation, over the channel"
    return moments.stage("dot", "D", norm.channel, meaning, body)


def _module(
    kind: type[nn.Module],
    *shape: int,
    evaluation: bool = False,
    mean: float = 0.0,
    spread: float = 1.0,
    **options: Any,
) -> Example:
    return normalising(
        f"{kind.__name__}, {options}",
        lambda: kind(shape[1], **options),
        shape,
        mean=mean,
        spread=spread,
        evaluation=evaluation,
    )


def _function(*given: tuple[int, ...] | None, **options: object) -> Example:
    """A call with a random tensor of each shape given; the second and third are statistics."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        args = [None if shape is None else torch.rand(shape) + 0.5 for shape in given]
        args[1:3] = [None if a is None else nn.Buffer(a) for a in args[1:3]]
        return F.batch_norm, tuple(args), options

    return Example(f"F.batch_norm, {given}, {options}", run)


examples(
    _module(nn.BatchNorm2d, 2, 3, 2, 2),
    _module(nn.BatchNorm2d, 2, 3, 2, 2, evaluation=True),
    _module(nn.BatchNorm2d, 2, 3, 2, 3, affine=False, momentum=None),
    _module(nn.BatchNorm2d, 2, 3, 2, 3, affine=False, evaluation=True),
    _module(nn.BatchNorm2d, 2, 2, 3, 2, track_running_stats=False, evaluation=True),
    _module(nn.BatchNorm2d, 1, 2, 1, 2, eps=0.1),
    _module(nn.BatchNorm1d, 4, 3),
    _module(nn.BatchNorm1d, 1, 3, evaluation=True),
    _module(nn.BatchNorm1d, 2, 3, 4),
    _module(nn.BatchNorm3d, 2, 2, 2, 1, 2),
    _module(nn.BatchNorm3d, 1, 2, 2, 3, 2, evaluation=True),
    _module(nn.BatchNorm2d, 8, 16, 20, 20),
    _module(nn.BatchNorm2d, 8, 16, 20, 20, evaluation=True),
    _module(nn.BatchNorm2d, 4, 3, 5, 5, mean=1000.0),
    _module(nn.BatchNorm2d, 4, 3, 5, 5, mean=1000.0, evaluation=True),
    _module(nn.BatchNorm1d, 64, 5, mean=-1000.0),
    _module(nn.BatchNorm2d, 2, 3, 4, 4, spread=1e-6),
    _module(nn.BatchNorm2d, 2, 3, 4, 4, mean=3.0, spread=0.0),
    _function((3, 2, 2), None, None, training=True),
    _function((3, 2), None, None, (2,), training=True, eps=0.01),
    _function((3, 2, 4), (2,), (2,), None, (2,)),
    _function((3, 2, 4), (2,), (2,), (2,), (2,), training=True, momentum=0.3),
    _function((2, 2, 1, 2, 1, 3), (2,), (2,), (2,), (2,), eps=0.0),
    Example(
        "torch.batch_norm",
        lambda: (
            torch.batch_norm,
            (
                torch.randn(3, 2, 2),
                torch.rand(2),
                torch.rand(2),
                None,
                None,
                True,
                0.1,
                1e-5,
                False,
            ),
            {},
        ),
    ),
)

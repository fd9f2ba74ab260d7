"""y = (x - μ) / √(σ² + ε) · γ_c + β_c: each group of channels normalised (Wu and He, 2018)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Neg, Stage, Sym, Var, When, add, mul
from generator.layers import moments
from generator.layers.axes import at, channel_axes, names, settings
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.norm_examples import normalising
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.standardised import Standardised
from generator.layers.tensors import upstream

_GROUPS = Sym("G", "G", "number of groups")
_C_g = Sym("C_g", "C_g", "channels of a group")
_a, _k = Var("a"), Var("k")


@explains(
    "torch.nn.GroupNorm",
    "torch.nn.functional.group_norm",
    arguments="input, num_groups, weight=None, bias=None, eps=1e-05",
    title="Group normalisation",
    search=("group norm", "GroupNorm", "F.group_norm", "group normalization"),
)
@explains(
    "torch.group_norm",
    arguments="input, num_groups, weight=None, bias=None, eps=1e-05, cudnn_enabled=True",
    title="Group normalisation",
    search=("group norm", "GroupNorm", "group normalization"),
)
def group_norm(call: Call) -> Formula:
    """Over the channels of a group and all positions."""
    moments.refuse_complex(call)
    refuse_types(call)
    groups, shape = call.options["num_groups"], call.shape()
    if not isinstance(groups, int) or len(shape) < 2 or shape[1] % groups:
        message = f"{spelled(call)}(num_groups={groups!r}) of an input {list(shape)}"
        raise Refused(f"{message} is not explained")
    epsilon = moments.number(call, "eps")
    norm = _norm(len(shape))
    gradients = {"input": _by_input(norm), "weight": _by_weight(norm), "bias": norm.by_bias()}
    return Formula(
        summary=_summary(call, groups, epsilon),
        forward=norm.forward(),
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **settings(norm.axes, shape),
            "G": groups,
            "C_g": shape[1] // groups,
            "M": math.prod(shape[1:]) // groups,
            "eps": epsilon,
            "weight": "weight" in call.tensors,
            "bias": "bias" in call.tensors,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(norm.axes)),
            **dict.fromkeys(("weight", "bias"), ("channel",)),
        },
        multiply_adds=math.prod(shape) * (1 + moments.shifted(call)),
        notes=_notes(call, groups),
        indices={"a": "group of channels", "k": "channel, counted within its group"},
    )


def _norm(rank: int) -> Standardised:
    axes = channel_axes(rank)
    batch, channel, *positions = axes
    return Standardised(
        axes=axes,
        channel=channel,
        group=(batch.at, channel.at // _C_g),
        own=(batch.at, _a),
        sizes=(batch.length, _GROUPS),
        spans=(_k.over(_C_g), *(p.span for p in positions)),
        inside=(batch.at, _C_g * _a + _k, *(p.at for p in positions)),
    )


def _sums(norm: Standardised) -> tuple[Stage, Stage]:
    """Σ g·x and Σ g over the positions of each channel, from which torch computes gradients."""
    i, g = at(norm.axes), upstream(norm.y)
    lead, spans = norm.axes[:2], [a.span for a in norm.axes[2:]]

    def of(body: Expr) -> Expr:
        return total(spans, body) if spans else body

    meaning = "sum over the positions of a channel"
    return (
        moments.stage("dot", "D", lead, meaning, of(g[i] * norm.x[i])),
        moments.stage("plain", "E", lead, meaning, of(g[i])),
    )


def _by_input(norm: Standardised) -> Equation:
    """In torch's order: r·γ·g + b·x + c, with b and c once for each group."""
    i, g = at(norm.axes), upstream(norm.y)
    dot, plain = _sums(norm)
    own = norm.inside[:2]
    scale = norm.weight[own[1]]

    def summed(name: str, stage: Stage) -> Stage:
        body = total(_k.over(_C_g), mul(stage.tensor[own], When("weight", scale)))
        return norm.statistic(name, "S", "sum over a group", body)

    dots, plains = summed("dots", dot), summed("plains", plain)
    r, mean = norm.inverse[norm.own], norm.mean.tensor[norm.own]
    difference = plains.tensor[norm.own] * mean - dots.tensor[norm.own]
    body = mul(difference, r, r, r) / moments.COUNT
    slope = norm.statistic("slope", "b", "factor of the input", body)
    b = slope.tensor[norm.own]
    body = add(Neg(b * mean), Neg(plains.tensor[norm.own] * r / moments.COUNT))
    constant = norm.statistic("constant", "q", "what is added", body)
    arithmetic = add(
        mul(norm.inverse[norm.group], norm.scale, g[i]),
        slope.tensor[norm.group] * norm.x[i],
        constant.tensor[norm.group],
    )
    return norm.by_input(arithmetic, (dot, plain, dots, plains, slope, constant))


def _by_weight(norm: Standardised) -> Equation:
    dot, plain = _sums(norm)
    lead = at(norm.axes[:2])
    mean, r = norm.mean.tensor[norm.group], norm.inverse[norm.group]
    body = (dot.tensor[lead] - plain.tensor[lead] * mean) * r
    return norm.by_weight(total(norm.axes[0].span, body), (dot, plain))


def _summary(call: Call, groups: int, epsilon: float) -> str:
    shape = call.shape()
    each = shape[1] // groups
    what = "each channel by itself" if each == 1 else f"{each} channels together"
    if groups == 1:
        what = "all its channels together"
    return (
        f"Each sample is normalised, {what}, with the mean and the standard deviation of their "
        f"{math.prod(shape[1:]) // groups} values ({plain_number(epsilon)} is added to the "
        f"variance){moments.affine_text(call, 'its')}."
    )


def _notes(call: Call, groups: int) -> tuple[Note, ...]:
    count = math.prod(call.shape()[1:]) // groups
    found = [
        Note(
            "The variance is the biased one",
            "The squared deviations are divided by their number "
            rf"\(M = {count}\), not by \(M - 1\).",
        ),
        Note(
            "Training and evaluation are the same",
            "Each sample is normalised by itself: there are no running statistics, and the other "
            "samples of the batch do not matter.",
        ),
    ]
    if "weight" in call.tensors and groups < call.shape()[1]:
        found.append(
            Note(
                "Weight and bias belong to the channels",
                "Each channel has its own, not each group.",
            )
        )
    return tuple(found)


def _module(
    groups: int,
    *shape: int,
    mean: float = 0.0,
    spread: float = 1.0,
    dtype: torch.dtype = torch.float32,
    **options: Any,
) -> Example:
    return normalising(
        f"GroupNorm({groups}), {options}",
        lambda: nn.GroupNorm(groups, shape[1], **options),
        shape,
        mean=mean,
        spread=spread,
        dtype=dtype,
    )


examples(
    _module(2, 2, 4, 3, 3),
    _module(1, 2, 4, 3, 3),
    _module(4, 2, 4, 3, 3),
    _module(2, 2, 6),
    _module(3, 2, 6, 5),
    _module(2, 1, 4, 2, 3, 2),
    _module(2, 2, 4, 3, 3, affine=False),
    _module(2, 2, 4, 3, 3, eps=0.1),
    _module(8, 4, 32, 10, 10),
    _module(32, 2, 64, 8, 8, eps=1e-6),
    _module(2, 4, 8, 5, 5, mean=1000.0),
    _module(2, 2, 4, 4, 4, spread=1e-6),
    _module(2, 2, 4, 4, 4, mean=3.0, spread=0.0),
    _module(2, 2, 4, 3, 3, dtype=torch.float64),
    _module(2, 2, 4, 3, 3, dtype=torch.float16),
    _module(2, 2, 4, 3, 3, dtype=torch.bfloat16),
    Example("F.group_norm", lambda: (F.group_norm, (torch.randn(2, 4, 3), 2), {})),
    Example(
        "F.group_norm, weight alone",
        lambda: (F.group_norm, (torch.randn(2, 4, 3), 2, torch.rand(4)), {}),
    ),
    Example(
        "torch.group_norm",
        lambda: (torch.group_norm, (torch.randn(2, 4, 3), 2, torch.rand(4), torch.rand(4)), {}),
    ),
)

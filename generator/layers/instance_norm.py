"""y = (x - μ) / √(σ² + ε) · γ_c + β_c: each channel of each sample normalised by itself."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Stage, mul
from generator.layers import moments
from generator.layers.axes import at, channel_axes, lengths, names, settings
from generator.layers.batch_norm import batch_norm
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.norm_examples import normalising
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.standardised import Standardised
from generator.layers.tensors import upstream

_SPATIAL = {"1d": 1, "2d": 2, "3d": 3}
_SEARCH = ("instance norm", "InstanceNorm", "F.instance_norm", "style transfer")


@explains(
    "torch.nn.InstanceNorm1d",
    "torch.nn.InstanceNorm2d",
    "torch.nn.InstanceNorm3d",
    arguments="input, running_mean=None, running_var=None, weight=None, bias=None, "
    "training=True, momentum=0.1, eps=1e-05, track_running_stats=False",
    title="Instance normalisation",
    search=_SEARCH,
)
def instance_norm_module(call: Call) -> Formula:
    """The module: with the running statistics where it keeps them and does not train."""
    own = call.options["training"] or not call.options["track_running_stats"]
    return _explained(call, own=bool(own), spatial=_SPATIAL[call.type[-2:]])


@explains(
    "torch.nn.functional.instance_norm",
    arguments="input, running_mean=None, running_var=None, weight=None, bias=None, "
    "use_input_stats=True, momentum=0.1, eps=1e-05",
    title="Instance normalisation",
    search=_SEARCH,
)
@explains(
    "torch.instance_norm",
    arguments="input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, "
    "cudnn_enabled",
    title="Instance normalisation",
    search=_SEARCH,
)
def instance_norm(call: Call) -> Formula:
    """The function, whose input has a batch."""
    own = bool(call.options["use_input_stats"])
    return _explained(call, own=own, spatial=len(call.shape()) - 2)


def _explained(call: Call, *, own: bool, spatial: int) -> Formula:
    moments.refuse_complex(call)
    refuse_types(call)
    shape, batch = call.shape(), len(call.shape()) == spatial + 2
    epsilon = moments.number(call, "eps")
    if spatial < 1 or len(shape) - spatial not in {1, 2}:
        raise Refused(f"{spelled(call)} of an input of shape {list(shape)} is not explained")
    if not own:
        if not batch:
            message = f"{spelled(call)} of an input without a batch, with running statistics"
            raise Refused(f"{message}, is not explained")
        # with statistics for each channel it is batch normalisation in evaluation mode
        options = {**call.options, "training": False}
        return batch_norm(replace(call, options=options))
    if epsilon <= 0:
        raise Refused(f"{spelled(call)}(eps={epsilon:g}) is not explained")
    norm = _norm(len(shape), batch=batch)
    gradients = {"input": _by_input(norm), "weight": _by_weight(norm), "bias": norm.by_bias()}
    return Formula(
        summary=_summary(call, spatial, epsilon),
        forward=norm.forward(),
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **settings(norm.axes, shape),
            "M": math.prod(shape[-spatial:]),
            "eps": epsilon,
            "weight": "weight" in call.tensors,
            "bias": "bias" in call.tensors,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(norm.axes)),
            **dict.fromkeys(("weight", "bias", "running_mean", "running_var"), ("channel",)),
        },
        multiply_adds=math.prod(shape) * (1 + moments.shifted(call)),
        notes=_notes(call, spatial),
    )


def _norm(rank: int, *, batch: bool) -> Standardised:
    axes = channel_axes(rank, batch=batch)
    lead = axes[: 1 + batch]
    return Standardised(
        axes=axes,
        channel=lead[-1],
        group=at(lead),
        own=at(lead),
        sizes=lengths(lead),
        spans=tuple(a.span for a in axes[len(lead) :]),
        inside=at(axes),
    )


def _dot(norm: Standardised) -> Stage:
    """Σ ∂L/∂y · (x - μ), from which torch computes both gradients."""
    deviation = norm.x[norm.inside] - norm.mean.tensor[norm.own]
    body = total(norm.spans, deviation * upstream(norm.y)[norm.inside])
    return norm.statistic("dot", "D", "sum of upstream gradient times deviation", body)


def _by_input(norm: Standardised) -> Equation:
    g, i, dot = upstream(norm.y), at(norm.axes), _dot(norm)
    mean = norm.statistic(
        "mean_upstream", "U", "mean of the upstream gradient", norm.averaged(g[norm.inside])
    )
    r = norm.inverse[norm.group]
    slope = mul(dot.tensor[norm.group], r, r) / moments.COUNT
    deviation = norm.x[i] - norm.mean.tensor[norm.group]
    order = g[i] - mean.tensor[norm.group] - deviation * slope
    return norm.by_input(mul(order, r, norm.scale), (dot, mean))


def _by_weight(norm: Standardised) -> Equation:
    dot = _dot(norm)
    body = dot.tensor[norm.group] * norm.inverse[norm.group]
    batch = [a.span for a in norm.axes if a.at in norm.own and a is not norm.channel]
    return norm.by_weight(total(batch, body) if batch else body, (dot,))


def _summary(call: Call, spatial: int, epsilon: float) -> str:
    shape = call.shape()
    return (
        "Each channel of each sample is normalised with the mean and the standard deviation of its "
        f"own {math.prod(shape[-spatial:])} values ({plain_number(epsilon)} is added to the "
        f"variance){moments.affine_text(call, 'its')}."
    )


def _notes(call: Call, spatial: int) -> tuple[Note, ...]:
    count = math.prod(call.shape()[-spatial:])
    found = [
        Note(
            "The variance is the biased one",
            "The squared deviations are divided by their number "
            rf"\(M = {count}\), not by \(M - 1\).",
        )
    ]
    if "running_mean" not in call.tensors:
        found.append(
            Note(
                "Training and evaluation are the same",
                "Each sample is normalised by itself: there are no running statistics, and the "
                "other samples of the batch do not matter.",
            )
        )
    elif count > 1:
        found.append(
            Note(
                "The running statistics change as a side effect",
                "The means and the unbiased variances of this batch's samples, averaged over the "
                f"samples, are mixed into them with the weight {call.options['momentum']}. "
                "They take no part in this output, but in evaluation mode they do.",
            )
        )
    return tuple(found)


def _module(
    kind: type[nn.Module],
    *shape: int,
    channels: int,
    evaluation: bool = False,
    mean: float = 0.0,
    spread: float = 1.0,
    dtype: torch.dtype = torch.float32,
    **options: Any,
) -> Example:
    return normalising(
        f"{kind.__name__}, {options}",
        lambda: kind(channels, **options),
        shape,
        mean=mean,
        spread=spread,
        dtype=dtype,
        evaluation=evaluation,
    )


examples(
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, affine=True),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, affine=True, evaluation=True),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, track_running_stats=True),
    _module(
        nn.InstanceNorm2d,
        2,
        3,
        4,
        4,
        channels=3,
        affine=True,
        track_running_stats=True,
        evaluation=True,
    ),
    _module(nn.InstanceNorm2d, 3, 4, 4, channels=3, affine=True),
    _module(nn.InstanceNorm1d, 2, 3, 5, channels=3, affine=True),
    _module(nn.InstanceNorm1d, 3, 5, channels=3, affine=True),
    _module(nn.InstanceNorm3d, 2, 2, 2, 3, 2, channels=2, affine=True, eps=0.1),
    _module(nn.InstanceNorm2d, 4, 16, 20, 20, channels=16, affine=True),
    _module(nn.InstanceNorm2d, 2, 3, 5, 5, channels=3, affine=True, mean=1000.0),
    _module(nn.InstanceNorm2d, 2, 3, 5, 5, channels=3, affine=True, spread=1e-6),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, affine=True, dtype=torch.float64),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, affine=True, dtype=torch.float16),
    _module(nn.InstanceNorm2d, 2, 3, 4, 4, channels=3, affine=True, dtype=torch.bfloat16),
    Example("F.instance_norm", lambda: (F.instance_norm, (torch.randn(2, 3, 4),), {})),
    Example(
        "F.instance_norm, weight",
        lambda: (F.instance_norm, (torch.randn(2, 3, 4),), {"weight": torch.rand(3)}),
    ),
)

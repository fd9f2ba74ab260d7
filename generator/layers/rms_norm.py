"""y = x / √(mean of x² + ε) · γ: each sample divided by its root mean square (Zhang and Sennrich).

There is no mean that is subtracted and no bias (Root Mean Square Layer Normalization, 2019).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor, When, add, mul
from generator.layers import moments
from generator.layers.axes import Axis, at, feature_axes, lengths, names, settings
from generator.layers.dtypes import refuse_types
from generator.layers.moments import normalised_shape
from generator.layers.norm_examples import normalising
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.nn.RMSNorm",
    "torch.nn.functional.rms_norm",
    "torch.rms_norm",
    arguments="input, normalized_shape, weight=None, eps=None",
    title="Root mean square normalisation",
    search=("RMSNorm", "RMS norm", "F.rms_norm", "root mean square layer normalization"),
)
def rms_norm(call: Call) -> Formula:
    """Over the last axes, as many as the normalised shape has."""
    moments.refuse_complex(call)
    refuse_types(call)
    shape, inner = call.shape(), normalised_shape(call)
    epsilon = _epsilon(call)
    norm = _norm(len(shape) - len(inner), len(inner))
    gradients = {"input": _by_input(norm), "weight": _by_weight(norm)}
    return Formula(
        summary=_summary(call, inner, epsilon),
        forward=_forward(norm),
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **settings(norm.axes, shape),
            "M": math.prod(inner),
            "eps": epsilon,
            "weight": "weight" in call.tensors,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(norm.axes)),
            "weight": names(norm.over),
        },
        multiply_adds=math.prod(shape),
        notes=_notes(call),
    )


def _epsilon(call: Call) -> float:
    """Without a number, the distance from 1 to the next number in which torch computes."""
    if call.options["eps"] is not None:
        return moments.number(call, "eps")
    double = call.tensors["input"].dtype == "float64"
    return torch.finfo(torch.float64 if double else torch.float32).eps


@dataclass(frozen=True)
class _Norm:
    """The tensors of one call: `kept` axes have a root mean square each, taken `over` others."""

    axes: tuple[Axis, ...]
    kept: tuple[Axis, ...]
    over: tuple[Axis, ...]
    x: Tensor
    weight: Tensor
    y: Tensor
    square: Stage
    """The mean square."""

    @property
    def scale(self) -> When:
        return When("weight", self.weight[at(self.over)])

    @property
    def root(self) -> Expr:
        return moments.deviation_root(self.square.tensor, self.kept)

    @property
    def inverse(self) -> Stage:
        """1 / root, as torch rounds it: once for each mean."""
        meaning = "1 over the root mean square"
        return moments.stage("inverse", "r", self.kept, meaning, Num(1) / self.root)

    @property
    def normalised(self) -> Stage:
        meaning = "normalised input, before the weight"
        return moments.stage(
            "normalised", r"\hat{x}", self.axes, meaning, self.x[at(self.axes)] / self.root
        )

    def spans(self, body: Expr) -> Expr:
        return total([a.span for a in self.over], body)


def _norm(leading: int, features: int) -> _Norm:
    axes = feature_axes(leading, features)
    kept, over = axes[:leading], axes[leading:]
    x = Tensor("input", "x", lengths(axes), "input of the layer", label="Input")
    body = moments.average(over, x[at(axes)] ** 2)
    return _Norm(
        axes,
        kept,
        over,
        x,
        Tensor("weight", r"\gamma", lengths(over), "weight", "parameter", label="Weight"),
        Tensor("output", "y", lengths(axes), "output of the layer", "result"),
        moments.stage("square", "q", kept, "mean of the squares", body),
    )


def _forward(norm: _Norm) -> Equation:
    x, r = norm.x[at(norm.axes)], norm.inverse
    return Equation(
        norm.y,
        at(norm.axes),
        mul(x / norm.root, norm.scale),
        (norm.x, norm.weight),
        (norm.square, r),
        arithmetic=mul(x, r.tensor[at(norm.kept)], norm.scale),
    )


def _by_input(norm: _Norm) -> Equation:
    g, i, s = upstream(norm.y), at(norm.axes), at(norm.kept)
    hat, inverse = norm.normalised, norm.inverse
    meaning = "upstream gradient, times the weight where there is one"
    weighted = moments.stage("weighted", "g", norm.axes, meaning, mul(g[i], norm.scale))
    along = moments.stage(
        "mean_weighted_normalised",
        r"\overline{g\hat{x}}_{#}",
        norm.kept,
        "mean of g times the normalised input",
        moments.average(norm.over, weighted.tensor[i] * hat.tensor[i]),
    )
    # torch differentiates its own steps: the product, the root, the mean and the square
    r = inverse.tensor[s]
    dot = norm.spans(weighted.tensor[i] * norm.x[i])
    meaning = "factor of the input"
    slope = moments.stage("slope", "b", norm.kept, meaning, mul(dot, r, r, r) / moments.COUNT)
    return Equation(
        gradient_of(norm.x),
        i,
        (weighted.tensor[i] - hat.tensor[i] * along.tensor[s]) / norm.root,
        (g, norm.x, norm.weight),
        (norm.square, hat, weighted, along, inverse, slope),
        arithmetic=add(weighted.tensor[i] * r, -(slope.tensor[s] * norm.x[i])),
    )


def _by_weight(norm: _Norm) -> Equation:
    g, i, hat, inverse = upstream(norm.y), at(norm.axes), norm.normalised, norm.inverse
    return Equation(
        gradient_of(norm.weight),
        at(norm.over),
        _over_samples(norm, g[i] * hat.tensor[i]),
        (g, norm.x),
        (norm.square, hat, inverse),
        arithmetic=_over_samples(norm, mul(g[i], norm.x[i] * inverse.tensor[at(norm.kept)])),
    )


def _over_samples(norm: _Norm, body: Expr) -> Expr:
    return total([a.span for a in norm.kept], body) if norm.kept else body


def _summary(call: Call, inner: Sequence[int], epsilon: float) -> str:
    groups = math.prod(call.shape()) // max(math.prod(inner), 1)
    which = "The group" if groups == 1 else f"Each of the {groups} groups"
    then = "; then multiplied by the weight" if "weight" in call.tensors else ""
    return (
        f"{which} of {' × '.join(map(str, inner))} values is divided by its root mean square "
        f"({plain_number(epsilon)} is added to the mean square){then}."
    )


def _notes(call: Call) -> tuple[Note, ...]:
    found = [
        Note(
            "No mean is subtracted",
            "Layer normalisation subtracts the mean first; here only the size of the values is "
            "normalised, and there is no bias.",
        )
    ]
    if call.options["eps"] is None:
        found.append(
            Note(
                "The default ε is tiny",
                "With `eps=None` torch takes the distance from 1 to the next float32 number (of "
                "float64 in float64), much less than the 10⁻⁵ or 10⁻⁶ of most models.",
            )
        )
    return tuple(found)


def _module(
    *shape: int,
    over: int = 1,
    spread: float = 1.0,
    dtype: torch.dtype = torch.float32,
    **options: Any,
) -> Example:
    return normalising(
        f"RMSNorm over {over}, {options}",
        lambda: nn.RMSNorm(shape[len(shape) - over :], **options),
        shape,
        spread=spread,
        dtype=dtype,
    )


examples(
    _module(2, 5),
    _module(6),
    _module(2, 3, 4),
    _module(2, 3, 4, over=2, eps=1e-5),
    _module(2, 3, 4, over=3, eps=1e-6),
    _module(2, 2, 3, 2, 2, over=4),
    _module(3, 1),
    _module(2, 3, 4, elementwise_affine=False),
    _module(4, 10, 64, eps=1e-6),
    _module(3, 257),
    _module(4, 16, spread=1e-6),
    _module(4, 16, spread=1e4),
    _module(4, 16, spread=0.0, eps=1e-5),
    _module(4, 16, dtype=torch.float64),
    _module(4, 64, dtype=torch.float16),
    _module(4, 64, dtype=torch.bfloat16),
    Example("F.rms_norm", lambda: (F.rms_norm, (torch.randn(2, 3), [3]), {})),
    Example(
        "torch.rms_norm", lambda: (torch.rms_norm, (torch.randn(2, 3), [3], torch.rand(3)), {})
    ),
)

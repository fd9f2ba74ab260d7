"""y = (x - μ) / √(σ² + ε) · γ + β: each sample normalised over its own last axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Neg, Num, Stage, Tensor, When, add, mul
from generator.layers import moments
from generator.layers.axes import Axis, at, feature_axes, lengths, names, settings
from generator.layers.dtypes import refuse_types
from generator.layers.norm_examples import normalising
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.nn.LayerNorm",
    "torch.nn.functional.layer_norm",
    arguments="input, normalized_shape, weight=None, bias=None, eps=1e-05",
    title="Layer normalisation",
    search=("layer norm", "LayerNorm", "F.layer_norm", "layer normalization"),
)
@explains(
    "torch.layer_norm",
    arguments="input, normalized_shape, weight=None, bias=None, eps=1e-05, cudnn_enable=True",
    title="Layer normalisation",
    search=("layer norm", "LayerNorm", "layer normalization"),
)
def layer_norm(call: Call) -> Formula:
    """Over the last axes, as many as the normalised shape has."""
    moments.refuse_complex(call)
    # kernels that mix types round their statistics to the coarser one
    refuse_types(call)
    epsilon = moments.number(call, "eps")
    shape = call.shape()
    inner = moments.normalised_shape(call)
    norm = _norm(len(shape) - len(inner), len(inner))
    gradients = {"input": _input_gradient(norm), **_parameter_gradients(norm)}
    return Formula(
        summary=_summary(call, inner, epsilon),
        forward=_forward(norm),
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **settings(norm.axes, shape),
            "M": math.prod(inner),
            "eps": epsilon,
            "weight": "weight" in call.tensors,
            "bias": "bias" in call.tensors,
        },
        axes={
            **dict.fromkeys(("input", "output"), names(norm.axes)),
            **dict.fromkeys(("weight", "bias"), names(norm.over)),
        },
        multiply_adds=math.prod(shape) * (1 + moments.shifted(call)),
        notes=_notes(call, inner),
    )


@dataclass(frozen=True)
class _Norm:
    """The tensors of one layer normalisation: `kept` axes have a mean each, taken `over` others."""

    axes: tuple[Axis, ...]
    kept: tuple[Axis, ...]
    over: tuple[Axis, ...]
    x: Tensor
    weight: Tensor
    bias: Tensor
    y: Tensor
    mean: Stage
    variance: Stage

    @property
    def scale(self) -> When:
        return When("weight", self.weight[at(self.over)])

    @property
    def root(self) -> Expr:
        return moments.deviation_root(self.variance.tensor, self.kept)

    @property
    def rounded(self) -> tuple[Stage, ...]:
        """1 / √(σ² + ε), the last, as torch rounds it: once for each mean."""
        so_far = moments.accumulated(self.x, self.axes, self.kept, self.mean.tensor)
        body = Num(1) / moments.deviation_root(so_far[-1].tensor, self.kept)
        meaning = "1 over the standard deviation"
        return *so_far, moments.stage("inverse", "r", self.kept, meaning, body)

    @property
    def inverse(self) -> Expr:
        return self.rounded[-1].tensor[at(self.kept)]

    @property
    def normalised(self) -> Stage:
        body = moments.normalised(
            self.x, self.axes, self.kept, self.mean.tensor, self.variance.tensor
        )
        meaning = "normalised input, before weight and bias"
        return moments.stage("normalised", r"\hat{x}", self.axes, meaning, body)

    @property
    def rescaled(self) -> Expr:
        """The normalised input in torch's order: one multiply and one add, x·r - r·μ."""
        r = self.inverse
        return self.x[at(self.axes)] * r + Neg(r * self.mean.tensor[at(self.kept)])


def _norm(leading: int, features: int) -> _Norm:
    axes = feature_axes(leading, features)
    kept, over = axes[:leading], axes[leading:]
    x = Tensor("input", "x", lengths(axes), "input of the layer", label="Input")
    mean = moments.mean(x, axes, kept)
    return _Norm(
        axes,
        kept,
        over,
        x,
        Tensor("weight", r"\gamma", lengths(over), "weight", "parameter", label="Weight"),
        Tensor("bias", r"\beta", lengths(over), "bias", "parameter", label="Bias"),
        Tensor("output", "y", lengths(axes), "output of the layer", "result"),
        mean,
        moments.variance(x, axes, kept, mean.tensor),
    )


def _forward(norm: _Norm) -> Equation:
    shift = When("bias", norm.bias[at(norm.over)])
    body = moments.normalised(norm.x, norm.axes, norm.kept, norm.mean.tensor, norm.variance.tensor)
    return Equation(
        norm.y,
        at(norm.axes),
        mul(body, norm.scale) + shift,
        (norm.x, norm.weight, norm.bias),
        (norm.mean, norm.variance, *norm.rounded),
        arithmetic=mul(norm.rescaled, norm.scale) + shift,
    )


def _input_gradient(norm: _Norm) -> Equation:
    g, i, s = upstream(norm.y), at(norm.axes), at(norm.kept)
    hat = norm.normalised
    weighted = moments.stage(
        "weighted",
        "g",
        norm.axes,
        "upstream gradient, times the weight where there is one",
        mul(g[i], norm.scale),
    )
    mean = _mean_of(norm, "mean_weighted", r"\overline{g}_{#}", "g", weighted.tensor[i])
    along = _mean_of(
        norm,
        "mean_weighted_normalised",
        r"\overline{g\hat{x}}_{#}",
        "g times the normalised input",
        weighted.tensor[i] * hat.tensor[i],
    )
    inner = weighted.tensor[i] - mean.tensor[s] - hat.tensor[i] * along.tensor[s]
    arithmetic, stages = _torchs_order(norm, g)
    return Equation(
        gradient_of(norm.x),
        i,
        inner / norm.root,
        (g, norm.x, norm.weight),
        (norm.mean, norm.variance, hat, weighted, mean, along, *stages),
        arithmetic=arithmetic,
    )


def _mean_of(norm: _Norm, name: str, latex: str, of: str, body: Expr) -> Stage:
    meaning = f"mean of {of}"
    return moments.stage(name, latex, norm.kept, meaning, moments.average(norm.over, body))


def _torchs_order(norm: _Norm, g: Tensor) -> tuple[Expr, tuple[Stage, ...]]:
    """r·g·γ + b·x + c, with b and c computed once for each mean from Σ g·x·γ and Σ g·γ."""
    i, s = at(norm.axes), at(norm.kept)
    spans = [a.span for a in norm.over]
    product = mul(g[i], norm.x[i], norm.scale)
    dot = moments.stage("dot", "D", norm.kept, "sum of g times the input", total(spans, product))
    plain = moments.stage("plain", "G", norm.kept, "sum of g", total(spans, mul(g[i], norm.scale)))
    r, mean = norm.inverse, norm.mean.tensor[s]
    difference = plain.tensor[s] * mean - dot.tensor[s]
    slope = moments.stage(
        "slope", "b", norm.kept, "factor of the input", mul(difference, r, r, r) / moments.COUNT
    )
    b = slope.tensor[s]
    constant = add(Neg(b * mean), Neg(plain.tensor[s] * r / moments.COUNT))
    body = add(mul(r, g[i], norm.scale), b * norm.x[i], constant)
    return body, (*norm.rounded, dot, plain, slope)


def _parameter_gradients(norm: _Norm) -> dict[str, Equation]:
    g, i, j = upstream(norm.y), at(norm.axes), at(norm.over)
    hat = norm.normalised
    weight = Equation(
        gradient_of(norm.weight),
        j,
        _over_samples(norm, g[i] * hat.tensor[i]),
        (g, norm.x),
        (norm.mean, norm.variance, hat, *norm.rounded),
        arithmetic=_over_samples(norm, g[i] * norm.rescaled),
    )
    return {
        "weight": weight,
        "bias": Equation(gradient_of(norm.bias), j, _over_samples(norm, g[i]), (g,)),
    }


def _over_samples(norm: _Norm, body: Expr) -> Expr:
    return total([a.span for a in norm.kept], body) if norm.kept else body


def _summary(call: Call, inner: Sequence[int], epsilon: float) -> str:
    groups = math.prod(call.shape()) // max(math.prod(inner), 1)
    which = "The group" if groups == 1 else f"Each of the {groups} groups"
    return (
        f"{which} of {' × '.join(map(str, inner))} values is normalised with its own mean and "
        f"standard deviation ({plain_number(epsilon)} is added to the variance)"
        f"{moments.affine_text(call, 'the')}."
    )


def _notes(call: Call, inner: Sequence[int]) -> tuple[Note, ...]:
    count = math.prod(inner)
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
    if "weight" in call.tensors:
        found.append(
            Note(
                "Weight and bias belong to the positions that are normalised",
                f"There is one weight for each of the {count} values, not one for each group.",
            )
        )
    return tuple(found)


def _module(
    *shape: int,
    over: int = 1,
    mean: float = 0.0,
    spread: float = 1.0,
    **options: Any,
) -> Example:
    return normalising(
        f"LayerNorm over {over}, {options}",
        lambda: nn.LayerNorm(shape[len(shape) - over :], **options),
        shape,
        mean=mean,
        spread=spread,
    )


def _function(
    shape: tuple[int, ...], weight: bool, bias: bool, eps: float, *, plain: bool = False
) -> Example:
    """The functional form over the last axis; `plain` is the one that F.layer_norm calls."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        affine = [torch.randn(shape[-1]) if given else None for given in (weight, bias)]
        function = torch.layer_norm if plain else F.layer_norm
        return function, (torch.randn(shape), [shape[-1]], *affine, eps), {}

    name = "torch.layer_norm" if plain else "F.layer_norm"
    return Example(f"{name}, {shape}, weight {weight}, bias {bias}, eps {eps:g}", run)


examples(
    _module(2, 5),
    _module(2, 3, 4),
    _module(2, 3, 4, over=2),
    _module(2, 2, 3, 4, over=3),
    _module(2, 3, 4, over=3),
    _module(2, 2, 3, 2, 2, over=4),
    _module(6),
    _module(2, 1, 2, 1, 2, 3),
    _module(3, 1),
    _module(1, 2),
    _module(2, 3, 4, elementwise_affine=False),
    _module(2, 3, 4, bias=False, eps=0.1),
    _module(4, 10, 64),
    _module(4, 6, 10, 10, over=3),
    _module(4, 16, 10, 20),
    _module(3, 257),
    _module(4, 32, mean=1000.0),
    _module(4, 200, mean=-1000.0),
    _module(2, 3, mean=1000.0),
    _module(4, 16, spread=1e-6),
    _module(4, 16, mean=3.0, spread=0.0),
    _function((3, 4), weight=True, bias=False, eps=1e-5),
    _function((3, 4), weight=False, bias=True, eps=1e-3),
    _function((3, 4), weight=False, bias=False, eps=1e-12),
    _function((2, 3, 4), weight=True, bias=True, eps=1e-6, plain=True),
)

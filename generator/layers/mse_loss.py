"""y = Σ (x - t)² / N: how far predictions are from their targets, squared."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Tensor, mul
from generator.layers.elementwise import Axes, axes, real
from generator.layers.reductions import Reduction, reduction, words
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_MEAN = Note(
    "The mean is over all elements",
    "`reduction='mean'` divides by the number of all elements, not by the batch size alone.",
)


@explains(
    "torch.nn.MSELoss",
    "torch.nn.functional.mse_loss",
    arguments="input, target, size_average=None, reduce=None, reduction='mean', weight=None",
    title="Mean squared error",
    search=("L2 loss", "least squares", "nn.MSELoss", "F.mse_loss"),
)
def mse_loss(call: Call) -> Formula:
    """The squared error, for input and target of one shape."""
    how = _checked(call)
    found = axes(call.shape())
    x = Tensor("input", "x", found.sizes, "prediction", label="Input")
    t = Tensor("target", "t", found.sizes, "target", label="Target")
    sizes = found.sizes if how == "none" else ()
    y = Tensor("output", "y", sizes, "value of this loss", "result")
    squared = (x[found.indices] - t[found.indices]) ** 2
    return Formula(
        summary=f"The squared differences between input and target, {words(how, 'element')}.",
        forward=Equation(y, found.indices if sizes else (), _reduced(how, found, squared), (x, t)),
        gradients={
            "input": _gradient(how, found, (x, t, y)),
            "target": _gradient(how, found, (t, x, y)),
        },
        settings=found.settings,
        axes={
            "input": found.names,
            "target": found.names,
            "output": found.names if sizes else (),
        },
        multiply_adds=0 if how == "none" else math.prod(call.shape()),
        notes=(_MEAN,) if how == "mean" and len(call.shape()) > 1 else (),
    )


def _checked(call: Call) -> Reduction:
    real(call, "input", "target")
    if "weight" in call.tensors:
        message = "mse_loss(weight=…): weighted squared errors are not explained"
        raise Refused(message)
    given, target = call.tensors["input"], call.tensors["target"]
    if given.shape != target.shape:
        message = (
            f"mse_loss of an input {list(given.shape)} and a target {list(target.shape)}: "
            "one of them is spread over the other, which is not explained"
        )
        raise Refused(message)
    if given.dtype != target.dtype:
        message = f"mse_loss of {given.dtype} and {target.dtype}: mixed types are not explained"
        raise Refused(message)
    return reduction(call)


def _reduced(how: Reduction, found: Axes, squared: Expr) -> Expr:
    if how == "none":
        return squared
    spans = [v.over(n) for v, n in zip(found.indices, found.sizes, strict=True)]
    everything = total(spans, squared)
    return everything / _count(found) if how == "mean" else everything


def _count(found: Axes) -> Expr:
    return mul(*found.sizes) if found.sizes else Num(1)


def _gradient(how: Reduction, found: Axes, tensors: tuple[Tensor, Tensor, Tensor]) -> Equation:
    """∂L/∂x = 2 g (x - t) / N; for the target, with the two exchanged, its negative."""
    wanted, other, y = tensors
    g = upstream(y)
    difference = wanted[found.indices] - other[found.indices]
    arriving: Expr = g[found.indices] if how == "none" else g[()]
    if how == "mean":
        arriving = arriving / _count(found)
    operands = (g, wanted, other)
    return Equation(gradient_of(wanted), found.indices, 2 * arriving * difference, operands)


def _module(how: str, *shape: int) -> Example:
    return Example(
        f"MSELoss({how}) of {shape}",
        lambda: (nn.MSELoss(reduction=how), (torch.randn(shape), torch.randn(shape)), {}),
    )


examples(
    *(_module(how, 3, 4) for how in ("mean", "sum", "none")),
    *(_module(how, 5) for how in ("mean", "sum", "none")),
    _module("mean", 1, 1),
    _module("mean", 2, 3, 4),
    _module("sum", 1, 2, 3, 3),
    _module("none", 2, 2, 2, 2),
    _module("mean", 40, 50),
    _module("mean", 1, 2, 1, 2, 1, 2),
    Example("of two scalars", lambda: (nn.MSELoss(), (torch.tensor(0.3), torch.tensor(0.8)), {})),
    Example("F.mse_loss", lambda: (F.mse_loss, (torch.randn(2, 3), torch.randn(2, 3)), {})),
    Example("a perfect prediction", lambda: (F.mse_loss, (torch.ones(2, 3), torch.ones(2, 3)), {})),
    Example(
        "large and close",
        lambda: (F.mse_loss, (torch.randn(20) + 1e4, torch.randn(20) + 1e4), {}),
    ),
)

"""s² = 1/(M - δ) Σ (x - μ)² over some axes or over all, and with it the mean μ."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Div
from generator.layers.registry import Call, Example, Formula, Output, examples, explains
from generator.layers.spread import ARGUMENTS, Spread, spread


@explains(
    "torch.var",
    "torch.Tensor.var",
    arguments=ARGUMENTS,
    title="Variance",
    search=("var", "unbiased variance", "Bessel's correction"),
)
def var(call: Call) -> Formula:
    """The variance over the axes `dim`."""
    found = spread(call)
    return _formula(found, "")


@explains(
    "torch.var_mean",
    arguments=ARGUMENTS,
    title="Variance and mean",
    search=("var_mean", "moments"),
)
def var_mean(call: Call) -> Formula:
    """The variance and the mean over the axes `dim`."""
    found = spread(call)
    return _formula(found, " and their mean", found.mean_output)


def _formula(found: Spread, more: str, *others: Output) -> Formula:
    over = found.over
    slope = Div(2 * found.deviation, found.freedom) * over.g
    return found.formula(
        f"{over.each} is the variance of {over.values}{more}, {over.over}.",
        found.forward(found.variance, found.variance_so_far),
        found.gradient(slope),
        result="variance",
        others=others,
    )


def _var(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"var {shape}, {args}, {options}",
        lambda: (torch.var, (torch.randn(shape), *args), options),
    )


def _of(function: Callable[..., object], name: str, x: Callable[[], torch.Tensor]) -> Example:
    return Example(f"{function.__name__} {name}", lambda: (function, (x(), 1), {}))


examples(
    _var((2, 3, 4), (0, 1)),
    _var((2, 3, 4), -1, True, True),
    _var((2, 3, 4), 1, False),
    _var((2, 3, 4), dim=1, unbiased=False, keepdim=True),
    _var((2, 3, 4), dim=1, correction=0),
    _var((2, 3, 4), dim=(1, 2), correction=2.5),
    _var((2, 3, 4)),
    _var((2, 3, 4), False),
    _var((5,), 0),
    _var((3, 1000), 1),
    Example("Tensor.var", lambda: (torch.Tensor.var, (torch.randn(3, 7), -1), {})),
    _of(torch.var, "around 1000", lambda: 1000 + torch.randn(3, 200)),
    _of(torch.var, "around -1e6", lambda: -1e6 + torch.randn(3, 77)),
    _of(torch.var, "of a constant", lambda: torch.full((3, 77), 0.1)),
    _of(torch.var, "of float16", lambda: torch.randn(3, 40).half()),
    _of(torch.var, "of bfloat16", lambda: torch.randn(3, 40).bfloat16()),
    _of(torch.var_mean, "of normal numbers", lambda: torch.randn(3, 50)),
    Example("var_mean of all", lambda: (torch.var_mean, (torch.randn(2, 3, 5),), {})),
    Example(
        "var_mean, biased",
        lambda: (
            torch.var_mean,
            (torch.randn(2, 3, 5),),
            {"dim": (0, 2), "correction": 0, "keepdim": True},
        ),
    ),
)

"""s = √(1/(M - δ) Σ (x - μ)²) over some axes or over all, and with it the mean μ."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import apply, cases, equal
from generator.formula.tree import Div
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.spread import ARGUMENTS, Spread, spread

_FLAT = Note(
    "No slope where all are equal",
    "Where all values are equal the root has no derivative; torch takes 0 there.",
)


@explains(
    "torch.std",
    "torch.Tensor.std",
    arguments=ARGUMENTS,
    title="Standard deviation",
    search=("std", "spread", "Bessel's correction"),
)
def std(call: Call) -> Formula:
    """The standard deviation over the axes `dim`."""
    found = spread(call)
    return _formula(found, "")


@explains(
    "torch.std_mean",
    arguments=ARGUMENTS,
    title="Standard deviation and mean",
    search=("std_mean", "moments"),
)
def std_mean(call: Call) -> Formula:
    """The standard deviation and the mean over the axes `dim`."""
    found = spread(call)
    return _formula(found, " and their mean", found.mean_output)


def _formula(found: Spread, more: str, *others: Output) -> Formula:
    over = found.over
    stage, s = over.stage("deviation", "s", "standard deviation", apply("sqrt", found.variance))
    slope = Div(found.deviation, found.freedom * s) * over.g
    return found.formula(
        f"{over.each} is the standard deviation of {over.values}{more}, {over.over}.",
        found.forward(apply("sqrt", found.variance), apply("sqrt", found.variance_so_far)),
        found.gradient(cases((equal(s, 0), 0), otherwise=slope), stage),
        result="standard deviation",
        others=others,
        notes=(_FLAT,),
    )


def _std(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"std {shape}, {args}, {options}",
        lambda: (torch.std, (torch.randn(shape), *args), options),
    )


def _of(function: Callable[..., object], name: str, x: Callable[[], torch.Tensor]) -> Example:
    return Example(f"{function.__name__} {name}", lambda: (function, (x(), 1), {}))


examples(
    _std((2, 3, 4), (0, 1)),
    _std((2, 3, 4), -1, True, True),
    _std((2, 3, 4), 1, False),
    _std((2, 3, 4), dim=(1, 2), correction=2),
    _std((2, 3, 4)),
    _std((2, 3, 4), False),
    _std((5,), 0),
    _std((3, 1000), 1),
    Example("Tensor.std", lambda: (torch.Tensor.std, (torch.randn(3, 7), -1), {})),
    _of(torch.std, "around 1000", lambda: 1000 + torch.randn(3, 200)),
    _of(torch.std, "around -1e6", lambda: -1e6 + torch.randn(3, 77)),
    _of(torch.std, "of float16", lambda: torch.randn(3, 40).half()),
    _of(torch.std_mean, "of normal numbers", lambda: torch.randn(3, 50)),
    Example("std_mean of all", lambda: (torch.std_mean, (torch.randn(2, 3, 5),), {})),
    Example(
        "std_mean, biased",
        lambda: (
            torch.std_mean,
            (torch.randn(2, 3, 5),),
            {"dim": (0, 2), "unbiased": False, "keepdim": True},
        ),
    ),
)

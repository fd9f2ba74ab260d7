"""y = max x over some axes, or min: the gradient is shared equally among equal elements."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.extremes import WORDS, Kind, extreme, shared_equally, ties_share
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.amax",
    "torch.Tensor.amax",
    arguments="input, dim=(), keepdim=False",
    title="Maximum over axes",
    search=("amax", "largest value", "global max pooling"),
)
def amax(call: Call) -> Formula:
    """The largest element over the axes `dim`."""
    return _extreme(call, "max")


@explains(
    "torch.amin",
    "torch.Tensor.amin",
    arguments="input, dim=(), keepdim=False",
    title="Minimum over axes",
    search=("amin", "smallest value"),
)
def amin(call: Call) -> Formula:
    """The smallest element over the axes `dim`."""
    return _extreme(call, "min")


def _extreme(call: Call, kind: Kind) -> Formula:
    over = reduced(call)
    body, stages = shared_equally(over, kind)
    return Formula(
        summary=f"{over.each} is the {WORDS[kind]} of {over.values}, {over.over}.",
        forward=over.forward(extreme(over, kind), shared=True),
        gradients=over.gradients(body, stages=stages),
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=ties_share(call, kind),
        result=f"{kind} value",
    )


def _amax(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"amax {shape}, {args}, {options}",
        lambda: (torch.amax, (torch.randn(shape), *args), options),
    )


def _tied(function: Callable[..., object], *args: object) -> Example:
    return Example(
        f"{function.__name__} of ties, {args}",
        lambda: (function, (torch.randint(0, 3, (4, 5, 6)).float(), *args), {}),
    )


examples(
    _amax((2, 3, 4, 5), (2, 3)),
    _amax((2, 3, 4, 5), [1, -1], True),
    _amax((2, 3, 4, 5)),
    _amax((2, 3), 0, keepdim=True),
    _amax((2, 1, 3), 1),
    _amax((5,), 0),
    _amax(()),
    _amax((0, 3), 1),
    _amax((3, 1000), 1),
    _tied(torch.amax),
    _tied(torch.amax, (0, 2)),
    _tied(torch.Tensor.amin),
    _tied(torch.amin, 1),
    Example("amin", lambda: (torch.Tensor.amin, (torch.randn(2, 3, 4), (0, 2), True), {})),
    Example("of int16", lambda: (torch.amin, (torch.randint(-9, 9, (4, 5)).short(), 0), {})),
    Example("of bool", lambda: (torch.amax, (torch.rand(4, 2) > 0.7, 1), {})),
    Example("of float16", lambda: (torch.amax, (torch.randn(4, 20).half(), 1), {})),
    Example("infinities", lambda: (torch.amax, (torch.full((2, 3), -torch.inf), 1), {})),
)

"""y = max x: of the whole tensor, along one axis with where it stands, or of two tensors."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation
from generator.layers.dtypes import spelled
from generator.layers.extremes import (
    WORDS,
    Kind,
    extreme,
    first_of_ties,
    position,
    selected,
    shared_equally,
    ties_share,
)
from generator.layers.maximum import maximum
from generator.layers.minimum import minimum
from generator.layers.over_axes import Reduced, reduced
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Output,
    Refused,
    examples,
    explains,
)


@explains(
    "torch.max",
    "torch.Tensor.max",
    arguments="input, dim=None, keepdim=False",
    overloads=("input, other",),
    title="Maximum",
    search=("largest value", "torch.max"),
)
def max_(call: Call) -> Formula:
    """The largest element, of all or along the axis `dim`; of two tensors the larger."""
    if "other" in call.tensors:
        return maximum(call)
    return _extreme(call, "max")


@explains(
    "torch.min",
    "torch.Tensor.min",
    arguments="input, dim=None, keepdim=False",
    overloads=("input, other",),
    title="Minimum",
    search=("smallest value", "torch.min"),
)
def min_(call: Call) -> Formula:
    """The smallest element, of all or along the axis `dim`; of two tensors the smaller."""
    if "other" in call.tensors:
        return minimum(call)
    return _extreme(call, "min")


def _extreme(call: Call, kind: Kind) -> Formula:
    if len(call.tensors) > 1:
        raise Refused(f"{spelled(call)} along an axis that a tensor gives is not explained")
    over = reduced(call)
    return _everything(over, kind) if len(call.outputs) == 1 else _along(over, kind)


def _everything(over: Reduced, kind: Kind) -> Formula:
    body, stages = shared_equally(over, kind)
    return Formula(
        summary=f"The output is the {WORDS[kind]} of {over.values}, over the whole tensor.",
        forward=over.forward(extreme(over, kind), shared=True),
        gradients=over.gradients(body, stages=stages),
        settings=over.settings,
        axes=over.named,
        notes=ties_share(over.call, kind),
        result=f"{kind} value",
    )


def _along(over: Reduced, kind: Kind) -> Formula:
    indices = over.result(1, "p", f"position of the {WORDS[kind]} element", "Indices")
    body, stages = selected(over, kind)
    where = Equation(indices, over.at, position(over, kind), (over.x,))
    return Formula(
        summary=f"{over.each} is the {WORDS[kind]} of {over.values}, {over.over}; with it comes "
        "where it stands.",
        forward=over.forward(extreme(over, kind)),
        gradients=over.gradients(body, stages=stages),
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=(first_of_ties(kind),),
        result=f"{kind} value",
        others=(Output("indices", where, over.output_axes),),
    )


def _example(
    function: Callable[..., object], shape: tuple[int, ...], *args: object, **options: object
) -> Example:
    return Example(
        f"{function.__name__} {shape}, {args}, {options}",
        lambda: (function, (torch.randn(shape), *args), options),
    )


def _tied(function: Callable[..., object], *args: object) -> Example:
    return Example(
        f"{function.__name__} of ties, {args}",
        lambda: (function, (torch.randint(0, 3, (4, 5, 6)).float(), *args), {}),
    )


def _pair(function: Callable[..., object], *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{function.__name__} of two, {shapes}",
        lambda: (function, tuple(torch.randint(0, 3, s).float() for s in shapes), {}),
    )


examples(
    _example(torch.max, (2, 3, 4)),
    _example(torch.max, (2, 3, 4), 1),
    _example(torch.max, (2, 3, 4), -1, True),
    _example(torch.max, (5,), 0),
    _example(torch.max, (), 0),
    _example(torch.max, ()),
    _example(torch.max, (3, 1), 1),
    _example(torch.max, (3, 1000), dim=1),
    _example(torch.min, (2, 3, 4)),
    _example(torch.min, (2, 3, 4, 2), 2, keepdim=True),
    _tied(torch.max),
    _tied(torch.max, 1),
    _tied(torch.Tensor.min),
    _tied(torch.Tensor.min, 0),
    _pair(torch.max, (2, 3), (2, 3)),
    _pair(torch.max, (2, 3, 4), (3, 1)),
    _pair(torch.Tensor.min, (3,), (2, 3)),
    _pair(torch.min, (), ()),
    Example("two by name", lambda: (torch.min, (torch.randn(3),), {"other": torch.zeros(3)})),
    Example("two of int64", lambda: (torch.min, (torch.arange(9), torch.tensor(5)), {})),
    Example("of int64", lambda: (torch.max, (torch.randint(0, 5, (4, 9)), 1), {})),
    Example("of int64, all", lambda: (torch.min, (torch.randint(0, 5, (4, 9)),), {})),
    Example("of bool", lambda: (torch.max, (torch.rand(4, 9) > 0.5, 1), {})),
    Example("of bfloat16", lambda: (torch.max, (torch.randn(4, 9).bfloat16(), 1), {})),
    Example("infinities", lambda: (torch.max, (torch.full((2, 3), -torch.inf), 1), {})),
)

"""y = argmax x: where the largest element stands, along one axis or in the flattened tensor."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.extremes import WORDS, Kind, first_of_ties, position
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_FLAT = Note(
    "The position counts through all axes",
    "Without `dim` it is the position in the flattened tensor, row by row from 0.",
)


@explains(
    "torch.argmax",
    "torch.Tensor.argmax",
    arguments="input, dim=None, keepdim=False",
    title="Position of the maximum",
    search=("argmax", "predicted class", "index of the largest"),
)
def argmax(call: Call) -> Formula:
    """The position of the largest element along the axis `dim`, or of all."""
    return _position(call, "max")


@explains(
    "torch.argmin",
    "torch.Tensor.argmin",
    arguments="input, dim=None, keepdim=False",
    title="Position of the minimum",
    search=("argmin", "index of the smallest"),
)
def argmin(call: Call) -> Formula:
    """The position of the smallest element along the axis `dim`, or of all."""
    return _position(call, "min")


def _position(call: Call, kind: Kind) -> Formula:
    over = reduced(call)
    flat = call.options["dim"] is None and len(over.axes) > 1
    return Formula(
        summary=f"{over.each} is the position of the {WORDS[kind]} of {over.values}, {over.over}.",
        forward=over.forward(position(over, kind)),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=(first_of_ties(kind), *((_FLAT,) if flat else ())),
        result="position",
    )


def _example(
    function: Callable[..., object], shape: tuple[int, ...], *args: object, **options: object
) -> Example:
    return Example(
        f"{function.__name__} {shape}, {args}, {options}",
        lambda: (function, (torch.randint(0, 5, shape).float(), *args), options),
    )


examples(
    _example(torch.argmax, (2, 3, 4)),
    _example(torch.argmax, (2, 3, 4), 1),
    _example(torch.argmax, (2, 3, 4), -1, True),
    _example(torch.argmax, (2, 3, 4), keepdim=True),
    _example(torch.argmax, (5,), 0),
    _example(torch.argmax, ()),
    _example(torch.argmax, (), 0),
    _example(torch.argmax, (3, 1), 1),
    _example(torch.argmax, (0, 3), 1),
    _example(torch.Tensor.argmax, (3, 1000), 1),
    _example(torch.argmin, (3, 4, 5), 0),
    _example(torch.Tensor.argmin, (3, 4, 5)),
    Example("of int64", lambda: (torch.argmax, (torch.randint(0, 5, (4, 9)), 1), {})),
    Example("of float16", lambda: (torch.argmin, (torch.randn(4, 9).half(), 1), {})),
    Example("infinities", lambda: (torch.argmax, (torch.full((2, 3), -torch.inf), 1), {})),
)

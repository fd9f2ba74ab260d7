"""y = 1/M Σ x: the average over some axes, or over all."""

from __future__ import annotations

import torch

from generator.formula.tree import Div, Num, Sym
from generator.layers.over_axes import Reduced, reduced, refuse_empty
from generator.layers.pairs import power_of_two
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_M = Sym("M", "M", "how many values are averaged")


@explains(
    "torch.mean",
    "torch.Tensor.mean",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Mean",
    search=("average", "global average pooling", "arithmetic mean"),
)
def mean(call: Call) -> Formula:
    """The average over the axes `dim`."""
    over = reduced(call)
    refuse_empty(over, "the mean")
    share = Div(Num(1), _M)
    # on a GPU torch multiplies by 1/M
    inexact = None if power_of_two(over.count) else over.g * share
    return Formula(
        summary=f"{over.each} is the average of {over.values}, {over.over}.",
        forward=over.forward(share * over.total),
        gradients=over.gradients(over.g / _M, arithmetic=inexact),
        settings={**over.settings, "M": over.count},
        axes=over.named,
        sizes=over.sizes,
        notes=_notes(over),
        result="average value",
    )


def _notes(over: Reduced) -> tuple[Note, ...]:
    everything = len(over.gone) == len(over.axes) > 1
    if not everything:
        return ()
    return (
        Note(
            "Every axis is averaged",
            f"All {over.count} values make one number, those of different examples among them.",
        ),
    )


def _mean(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"mean {shape}, {args}, {options}",
        lambda: (torch.mean, (torch.randn(shape), *args), options),
    )


def _offset(offset: float, *shape: int) -> Example:
    return Example(
        f"mean {shape} around {offset}",
        lambda: (torch.mean, (offset + torch.randn(shape), -1), {}),
    )


examples(
    _mean((2, 3, 4, 5), (2, 3)),
    _mean((2, 3, 4, 5), [2, 3], True),
    _mean((2, 3, 4, 5), 1),
    _mean((2, 3, 4, 5)),
    _mean((2, 3, 5), -1, keepdim=True),
    _mean((2, 3, 5), (0, -1)),
    _mean((2, 8), 1),
    _mean((2, 1, 3), 1),
    _mean((2, 3), (), keepdim=True),
    _mean((2, 3), dtype=torch.float32),
    _mean((5,)),
    _mean(()),
    _mean((), -1),
    _mean((0, 3), 1),
    _mean((3, 1000), 1),
    _mean((7, 30, 30), (1, 2)),
    _mean((3, 40), 1, dtype=torch.float64),
    Example(
        "of int64",
        lambda: (torch.mean, (torch.randint(2**40, (3, 40)), 1), {"dtype": torch.float32}),
    ),
    Example("of bool", lambda: (torch.mean, (torch.rand(3, 40) > 0.4,), {"dtype": torch.float32})),
    Example("of float16", lambda: (torch.mean, (torch.randn(3, 40).half(), 1), {})),
    Example("of bfloat16", lambda: (torch.mean, (torch.randn(3, 40).bfloat16(), 1), {})),
    _offset(1000.0, 4, 300),
    _offset(-1e6, 3, 77),
    Example("constant", lambda: (torch.Tensor.mean, (torch.full((3, 300), 0.1), 1), {})),
)

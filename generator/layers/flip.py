"""y[n, c] = x[n, C - 1 - c]: the values along an axis in reverse order."""

from __future__ import annotations

import torch

from generator.formula.tree import Expr
from generator.layers.axes import Axis
from generator.layers.dims import dims, wholes
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, examples, explains

_SEARCH = ("reverse", "mirror", "augmentation", "movement of data")


@explains(
    "torch.flip",
    "torch.Tensor.flip",
    arguments="input, *dims",
    title="Flip",
    search=_SEARCH,
)
def flip(call: Call) -> Formula:
    """Any axes, each reversed by itself."""
    rank = len(call.shape())
    return _reversed(call, {d % rank for d in wholes(call, "dims")} if rank else set())


@explains(
    "torch.fliplr",
    "torch.flipud",
    "torch.Tensor.fliplr",
    "torch.Tensor.flipud",
    arguments="input",
    title="Flip",
    search=_SEARCH,
)
def flip_matrix(call: Call) -> Formula:
    """Left and right exchanged along axis 1, or up and down along axis 0."""
    return _reversed(call, {1} if call.type.endswith("fliplr") else {0})


def _reversed(call: Call, along: set[int]) -> Formula:
    axes = dims(len(call.shape()))
    moved = Movement(call, axes, axes)
    read = tuple(_back(a) if k in along else a.at for k, a in enumerate(axes))
    listed = sorted(along)
    return moved.formula(
        f"The order of the values is reversed along {_axes(listed)}."
        if listed
        else "No axis is reversed; every value stays where it is.",
        moved.x[read],
        moved.g[read],
    )


def _back(axis: Axis) -> Expr:
    return axis.length - 1 - axis.at


def _axes(along: list[int]) -> str:
    *first, last = map(str, along)
    return f"axes {', '.join(first)} and {last}" if first else f"axis {last}"


def _flip(shape: tuple[int, ...], *dims: int) -> Example:
    return Example(f"flip {shape}, {dims}", lambda: (torch.flip, (torch.randn(shape), dims), {}))


examples(
    _flip((5,), 0),
    _flip((2, 3), 1),
    _flip((2, 3), 0, -1),
    _flip((2, 3, 4, 5), 3),
    _flip((2, 3)),
    _flip(()),
    _flip((0, 2), 0),
    _flip((1, 1), 0, 1),
    Example("Tensor.flip", lambda: (torch.Tensor.flip, (torch.randn(2, 3, 2), 0, 2), {})),
    Example("fliplr", lambda: (torch.fliplr, (torch.randn(2, 3),), {})),
    Example("flipud", lambda: (torch.flipud, (torch.randn(4),), {})),
    Example("whole numbers", lambda: (torch.flip, (torch.arange(5), (0,)), {})),
    Example("float16", lambda: (torch.flip, (torch.randn(5).half(), (0,)), {})),
)

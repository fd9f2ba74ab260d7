"""y[i, j] = x[j, W - 1 - i]: a plane turned by quarter turns."""

from __future__ import annotations

import torch

from generator.formula.tree import Expr
from generator.layers.axes import Axis, at
from generator.layers.dims import dims, whole, wholes
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains

_TURNS = ("not at all", "by a quarter turn", "by half a turn", "by three quarter turns")


@explains(
    "torch.rot90",
    "torch.Tensor.rot90",
    arguments="input, k=1, dims=(0, 1)",
    title="Rotation by 90°",
    search=("rotate", "augmentation", "movement of data"),
)
def rot90(call: Call) -> Formula:
    """So many turns from the first of the two axes towards the second."""
    turns = whole(call, "k") % 4
    axes = dims(len(call.shape()))
    plane = [d % len(axes) for d in wholes(call, "dims")]
    if len(plane) != 2 or plane[0] == plane[1]:
        raise Refused(f"{spelled(call)}(dims={call.options['dims']!r}) is not explained")
    first, second = plane
    after = list(axes)
    if turns % 2:
        after[first] = Axis(axes[first].name, axes[second].at, axes[second].length)
        after[second] = Axis(axes[second].name, axes[first].at, axes[first].length)
    moved = Movement(call, axes, tuple(after))
    # the index along the first axis counts backwards after one and two turns, along the second
    # after two and three
    inside, outside = list[Expr](at(axes)), list[Expr](at(moved.after))
    if turns in {1, 2}:
        _turn(inside, axes, second if turns == 1 else first)
        _turn(outside, moved.after, first)
    if turns in {2, 3}:
        _turn(inside, axes, first if turns == 3 else second)
        _turn(outside, moved.after, second)
    return moved.formula(
        f"The plane of the axes {first} and {second} is turned {_TURNS[turns]}, from axis {first} "
        f"towards axis {second}.",
        moved.x[tuple(inside)],
        moved.g[tuple(outside)],
        sizes=tuple(Size(after[k].name, f"M_{{{k}}}", after[k].length) for k in plane if turns % 2),
    )


def _turn(indices: list[Expr], axes: tuple[Axis, ...], k: int) -> None:
    indices[k] = axes[k].length - 1 - axes[k].at


def _rot90(shape: tuple[int, ...], k: int, *dims: int) -> Example:
    return Example(
        f"rot90 {shape}, {k}, {dims}",
        lambda: (torch.rot90, (torch.randn(shape), k, dims or (0, 1)), {}),
    )


examples(
    *(_rot90((2, 3), k) for k in (0, 1, 2, 3, 5, -1)),
    *(_rot90((2, 3, 4, 5), k, 3, 2) for k in (1, 2, 3)),
    *(_rot90((2, 3, 4), k, -1, 0) for k in (1, 3)),
    _rot90((1, 3), 1),
    _rot90((0, 3), 1),
    Example("Tensor.rot90", lambda: (torch.Tensor.rot90, (torch.randn(2, 3),), {})),
    Example("whole numbers", lambda: (torch.rot90, (torch.arange(6).view(2, 3),), {})),
)

"""y[n, h] = x[n, a, h]: the slice at one position of an axis."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal
from generator.formula.tree import Sym
from generator.layers.axes import at
from generator.layers.dims import axis_at, dims, whole
from generator.layers.movement import UNREAD, Movement, refuse_tensors
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.select",
    "torch.select_copy",
    "torch.Tensor.select",
    arguments="input, dim, index",
    title="Select",
    search=("slice", "index", "movement of data"),
)
def select(call: Call) -> Formula:
    """Position `index` along `dim`; the axis goes away."""
    refuse_tensors(call)
    old = dims(len(call.shape()))
    along = axis_at(call, "dim")
    length = call.shape()[along]
    place = whole(call, "index") % length
    left, axis, right = old[:along], old[along], old[along + 1 :]
    moved = Movement(call, old, (*left, *right))
    first = Sym("a", "a", "position that is read")
    return moved.formula(
        f"Of the {length} positions along axis {along}, position {place} alone is kept.",
        moved.x[(*at(left), first, *at(right))],
        cases((equal(axis.at, first), moved.here), otherwise=0),
        settings={"a": place},
        notes=(UNREAD,) if length > 1 else (),
    )


def _select(shape: tuple[int, ...], dim: int, index: int) -> Example:
    return Example(
        f"select {shape}, {dim}, {index}",
        lambda: (torch.select, (torch.randn(shape), dim, index), {}),
    )


examples(
    _select((5,), 0, 1),
    _select((2, 5), 1, 0),
    _select((2, 5, 3), -2, -1),
    _select((1, 3), 0, 0),
    _select((2, 3, 1, 2, 2), 1, 1),
    _select((0, 3), 1, 1),
    Example("Tensor.select", lambda: (torch.Tensor.select, (torch.randn(4, 2), 0, 1), {})),
    Example("whole numbers", lambda: (torch.select, (torch.arange(5), 0, 1), {})),
)

"""y[n, c] = x[n, a + c]: a stretch of consecutive positions along an axis."""

from __future__ import annotations

import torch

from generator.formula.build import cases, within
from generator.formula.tree import Expr, Sym
from generator.layers.axes import at
from generator.layers.dims import axis_at, dims, resized, whole
from generator.layers.movement import UNREAD, Movement, refuse_tensors
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.windows import counted


@explains(
    "torch.narrow",
    "torch.narrow_copy",
    "torch.Tensor.narrow",
    "torch.Tensor.narrow_copy",
    arguments="input, dim, start, length",
    title="Narrow",
    search=("slice", "crop", "movement of data"),
)
def narrow(call: Call) -> Formula:
    """`length` positions along `dim`, from `start` on."""
    refuse_tensors(call)
    old = dims(len(call.shape()))
    along = axis_at(call, "dim")
    length = call.shape()[along]
    count, start = whole(call, "length"), whole(call, "start")
    start = start + length if start < 0 else start
    axis, first = old[along], Sym("a", "a", "first position that is read")
    new = resized(axis)
    moved = Movement(call, old, (*old[:along], new, *old[along + 1 :]))

    def placed(index: Expr) -> tuple[Expr, ...]:
        return (*at(old[:along]), index, *at(old[along + 1 :]))

    inside = within(axis.at - first, new.length)
    return moved.formula(
        f"Of the {length} positions along axis {along}, {counted(count, 'position')} "
        f"from position {start} on {'is' if count == 1 else 'are'} kept.",
        moved.x[placed(axis.at + first)],
        cases((inside, moved.g[placed(axis.at - first)]), otherwise=0),
        settings={"a": start},
        notes=(UNREAD,) if count < length else (),
    )


def _narrow(shape: tuple[int, ...], dim: int, start: int, length: int) -> Example:
    return Example(
        f"narrow {shape}, {dim}, {start}, {length}",
        lambda: (torch.narrow, (torch.randn(shape), dim, start, length), {}),
    )


examples(
    _narrow((5,), 0, 1, 3),
    _narrow((2, 5), 1, 0, 2),
    _narrow((2, 5, 3), -2, -2, 2),
    _narrow((2, 3), 0, 0, 2),
    _narrow((2, 3), 1, 2, 1),
    _narrow((2, 3), 1, 3, 0),
    _narrow((2, 3), 1, 1, 0),
    _narrow((2, 3, 1, 2, 2), 1, 1, 2),
    Example("Tensor.narrow", lambda: (torch.Tensor.narrow, (torch.randn(4, 2), 0, 1, 2), {})),
    Example("whole numbers", lambda: (torch.narrow, (torch.arange(5), 0, 1, 3), {})),
)

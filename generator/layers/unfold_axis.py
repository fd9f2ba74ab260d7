"""y[n, w, k] = x[n, s w + k]: the windows that slide along an axis, each as a row of its own."""

from __future__ import annotations

import torch

from generator.formula.build import larger, smaller, total
from generator.formula.tree import Expr, Sym, Var
from generator.layers.axes import Axis, at
from generator.layers.dims import axis_at, dims, primed, resized, whole
from generator.layers.dtypes import spelled
from generator.layers.movement import SUMMED, UNREAD, VIEW, Movement
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains
from generator.layers.windows import counted


@explains(
    "torch.Tensor.unfold",
    "torch.unfold_copy",
    arguments="input, dimension, size, step",
    title="Sliding windows",
    search=("unfold", "frames", "patches", "movement of data"),
)
def unfold_axis(call: Call) -> Formula:
    """Windows of `size` positions, `step` apart; a position within its window is a last axis."""
    rank = len(call.shape())
    if rank == 0:
        raise Refused(f"{spelled(call)} of a scalar is not explained")
    along, extent, step = axis_at(call, "dimension"), whole(call, "size"), whole(call, "step")
    old = dims(rank)
    axis, new = old[along], resized(old[along])
    cell = Axis("position in the window", Var("k"), Sym("K", "K", "size of a window"))
    s = Sym("s", "s", "step from one window to the next")
    moved = Movement(call, old, (*old[:along], new, *old[along + 1 :], cell))
    window = primed(axis)

    def placed(index: Expr) -> tuple[Expr, ...]:
        return (*at(old[:along]), index, *at(old[along + 1 :]))

    # the first window that ends at the position or behind it, and the last that has begun
    first = larger(0, (axis.at - cell.length + s) // s)
    last = smaller(axis.at // s, new.length - 1)
    length, count = call.shape()[along], call.output.shape[along]
    unread = count == 0 or extent < step or (count - 1) * step + extent < length
    return moved.formula(
        f"{counted(count, 'window')} of {counted(extent, 'position')} along axis {along}, "
        f"{counted(step, 'position')} apart; the positions of a window become the last axis.",
        moved.x[placed(s * axis.at + cell.at)],
        total(window.over(last + 1, first), moved.g[(*placed(window), axis.at - s * window)]),
        settings={"s": step, "K": extent},
        sizes=(Size(new.name, new.length.latex, (axis.length - cell.length) // s + 1),),
        notes=(
            VIEW,
            *((SUMMED,) if extent > step and count > 1 else ()),
            *((UNREAD,) if unread else ()),
        ),
        indices={window.name: "window"},
    )


def _unfold(shape: tuple[int, ...], dim: int, size: int, step: int) -> Example:
    return Example(
        f"unfold {shape}, {dim}, {size}, {step}",
        lambda: (torch.Tensor.unfold, (torch.randn(shape), dim, size, step), {}),
    )


examples(
    _unfold((7,), 0, 3, 2),
    _unfold((7,), 0, 2, 3),
    _unfold((2, 6, 3), 1, 3, 1),
    _unfold((2, 3, 4, 5), -1, 5, 1),
    _unfold((1, 2, 2, 4, 2), 3, 2, 2),
    _unfold((4, 2), 0, 1, 1),
    Example("whole numbers", lambda: (torch.Tensor.unfold, (torch.arange(5), 0, 2, 1), {})),
    Example("float16", lambda: (torch.Tensor.unfold, (torch.randn(5).half(), 0, 3, 1), {})),
)

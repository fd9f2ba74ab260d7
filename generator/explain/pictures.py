"""Tensors as pictures: a few planes of numbers, with the cells that a working reads marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

from torch import Tensor

from generator.explain.extremes import extremes
from generator.explanation import Picture, Statistics
from generator.formula.text import plain_number

MOST_PLANES = 8
MOST_CELLS = 64
"""Rows and columns of a plane that are drawn; of larger ones every so-manieth."""
FEW_PLANES = 3
"""Planes, as those of a picture in colour, that are drawn so large; more have half of that."""


def picture(
    title: str,
    tensor: Tensor,
    axes: Sequence[str],
    marked: Sequence[tuple[int, ...]] = (),
    at: tuple[int, ...] | None = None,
) -> Picture | None:
    """The last two axes as rows and columns, the third last as planes; `at` fixes the others.

    None for a tensor of one element or none, and for complex numbers.
    """
    if tensor.numel() < 2 or tensor.is_complex():
        return None
    fixed = (at or (0,) * tensor.dim())[: max(0, tensor.dim() - 3)]
    block = tensor.detach()[fixed] if fixed else tensor.detach()
    while block.dim() < 3:
        block = block[None]
    most = MOST_CELLS if block.shape[0] <= FEW_PLANES else MOST_CELLS // 2
    step = max(1, math.ceil(max(block.shape[-2:]) / most))
    marks = _marks(marked, fixed, step, tensor.dim())
    shown = _shown(block.shape[0], {plane for plane, _, _ in marks})
    drawn = block[:, ::step, ::step][shown].double().cpu()
    planes = tuple(tuple(tuple(row) for row in plane) for plane in drawn.tolist())
    names = ("", "", "", *axes)[-3:]
    label = names[0] if block.shape[0] > 1 else ""
    return Picture(
        title=title,
        describes=_describe(title, tensor, axes, fixed),
        planes=planes,
        labels=tuple(f"{label} {k}" if label else "" for k in shown),
        marked=tuple(sorted((shown.index(p), r, c) for p, r, c in marks if p in shown)),
        omitted=block.shape[0] - len(planes),
        sampled=step,
        largest=extremes(tensor).largest,
        whole=not tensor.is_floating_point(),
    )


def _shown(planes: int, marked: set[int]) -> list[int]:
    """The planes to draw: those with marked cells, as many as there is room for, then the first."""
    wanted = sorted(marked)[:MOST_PLANES]
    others = (plane for plane in range(planes) if plane not in wanted)
    return sorted([*wanted, *islice(others, MOST_PLANES - len(wanted))])


def statistics(title: str, tensor: Tensor) -> Statistics:
    """A tensor in a few numbers."""
    values = tensor.detach().reshape(-1)
    whole = not (values.is_floating_point() or values.is_complex())
    if values.is_complex():
        values = values.abs()
    values = values.double()
    empty = values.numel() == 0
    return Statistics(
        title=title,
        shape=tuple(tensor.shape),
        minimum=math.nan if empty else float(values.min()),
        maximum=math.nan if empty else float(values.max()),
        mean=math.nan if empty else float(values.mean()),
        zeros=int((values == 0).sum()),
        elements=values.numel(),
        whole=whole,
    )


def _describe(title: str, tensor: Tensor, axes: Sequence[str], fixed: tuple[int, ...]) -> str:
    shape = " × ".join(str(n) for n in tensor.shape)
    low, high = (
        plain_number(value if tensor.is_floating_point() else int(value), 4)
        for value in extremes(tensor).range
    )
    where = ", ".join(f"{a} {k}" for a, k in zip(axes, fixed, strict=False))
    part = f", {where}" if where and tensor.dim() > 3 else ""
    return f"{title}, {shape}{part}: values from {low} to {high}"


def _marks(
    marked: Sequence[tuple[int, ...]], fixed: tuple[int, ...], step: int, axes: int
) -> set[tuple[int, int, int]]:
    found = set()
    for index in marked:
        if len(index) != axes or index[: len(fixed)] != fixed:
            continue
        plane, row, column = (0, 0, 0, *index[len(fixed) :])[-3:]
        found.add((plane, row // step, column // step))
    return found

"""Tensors as pictures: a few planes of numbers, with the cells that a working reads marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor

from generator.explain.extremes import extremes
from generator.explain.marks import NO_MARKS, Marks
from generator.explanation import Picture, Statistics
from generator.formula.operands import offset
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
    marks: Marks = NO_MARKS,
    at: Sequence[int] | None = None,
) -> Picture | None:
    """The last two axes as rows and columns, the third last as planes; `at` fixes the others.

    None for a tensor of one element or none, and for complex numbers.
    """
    if tensor.numel() < 2 or tensor.is_complex():
        return None
    fixed = tuple(at or (0,) * tensor.dim())[: max(0, tensor.dim() - 3)]
    block = tensor.detach()[fixed] if fixed else tensor.detach()
    while block.dim() < 3:
        block = block[None]
    most = MOST_CELLS if block.shape[0] <= FEW_PLANES else MOST_CELLS // 2
    steps = (max(1, -(-block.shape[-2] // most)), max(1, -(-block.shape[-1] // most)))
    outlined, dashed = (
        _cells(found, tensor.shape, fixed, steps) for found in (marks.outlined, marks.dashed)
    )
    # of many planes the worked element's own is never the one that is left out
    shown = _shown(block.shape[0], _planes(outlined), _planes(dashed))
    drawn = block[:, :: steps[0], :: steps[1]][shown].double().cpu()
    planes = tuple(tuple(tuple(row) for row in plane) for plane in drawn.tolist())
    names = ("", "", "", *axes)[-3:]
    label = names[0] if block.shape[0] > 1 else ""
    return Picture(
        title=title,
        describes=_describe(title, tensor, axes, fixed),
        planes=planes,
        labels=tuple(f"{label} {k}" if label else "" for k in shown),
        marked=_placed(outlined, shown),
        dashed=_placed(dashed, shown),
        meaning=_meaning(marks, outlined, dashed, _inside(marks.outlined, tensor.shape, fixed)),
        omitted=block.shape[0] - len(planes),
        sampled=steps,
        largest=extremes(tensor).largest,
        whole=not tensor.is_floating_point(),
    )


def marked(tensor: Tensor, element: Sequence[int]) -> Marks:
    """Marks for one element of a tensor, the worked one."""
    own = torch.tensor([offset(element, tensor.shape)])
    return Marks(own, meaning="Outlined: the worked element.")


def _meaning(
    marks: Marks, outlined: Sequence[object], dashed: Sequence[object], inside: Tensor
) -> str:
    """What the marks mean; of those that lie elsewhere, such as in the batch, that they do."""
    for found, cells, which in (
        (marks.outlined, outlined, "The outlined elements lie"),
        (marks.dashed, dashed, "The dashed elements lie"),
    ):
        if found.numel() and not cells:
            return f"{marks.meaning} {which} in a part of the tensor that is not drawn."
    count, drawn = marks.outlined.numel(), inside.numel()
    if 0 < drawn < count:
        are = "is" if drawn == 1 else "are"
        return f"{marks.meaning} {drawn:,} of the {count:,} outlined elements {are} drawn."
    return marks.meaning


def _planes(cells: Sequence[tuple[int, int, int]]) -> list[int]:
    return list(dict.fromkeys(plane for plane, _, _ in cells))


def _shown(planes: int, *wanted: Sequence[int]) -> list[int]:
    """The planes to draw: those with marked cells, as many as there is room for, then the first."""
    found = dict.fromkeys(plane for some in wanted for plane in some)
    return sorted(islice(dict.fromkeys((*found, *range(planes))), min(MOST_PLANES, planes)))


def _cells(
    offsets: Tensor, shape: Sequence[int], fixed: tuple[int, ...], steps: tuple[int, int]
) -> list[tuple[int, int, int]]:
    """The drawn cells in which elements lie, as (plane, row, column), in order."""
    if not offsets.numel():
        return []
    inside = _inside(offsets, shape, fixed)
    height, width = (1, 1, *shape[len(fixed) :])[-2:]
    rows = inside // width
    cells = torch.stack(
        [rows // height, rows % height // steps[0], inside % width // steps[1]], dim=1
    )
    return [(p, r, c) for p, r, c in torch.unique(cells, dim=0).tolist()]


def _inside(offsets: Tensor, shape: Sequence[int], fixed: tuple[int, ...]) -> Tensor:
    """Offsets within the block that the fixed indices leave, whose elements lie side by side."""
    rest = math.prod(shape[len(fixed) :])
    start = offset(fixed, shape[: len(fixed)]) * rest
    return offsets[(offsets >= start) & (offsets < start + rest)] - start


def _placed(
    cells: Sequence[tuple[int, int, int]], shown: Sequence[int]
) -> tuple[tuple[int, int, int], ...]:
    place = {plane: k for k, plane in enumerate(shown)}
    return tuple((place[p], r, c) for p, r, c in cells if p in place)


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
    least, most = extremes(tensor).range
    low, high = (
        plain_number(value if tensor.is_floating_point() else int(value), 4)
        for value in (least, most)
    )
    named = zip(axes, fixed, strict=False) if axes else ()
    unnamed = () if axes else enumerate(fixed)
    where = (*(f"{a} {k}" for a, k in named), *(f"index {k} of axis {a}" for a, k in unnamed))
    part = f". Drawn: {', '.join(where)}" if where else ""
    values = f"values from {low} to {high}" if least != most else f"every value is {low}"
    return f"{title}, {shape}: {values}{part}"

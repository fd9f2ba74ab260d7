"""Boxes of indices: a start and a stop for each axis, and their elements in row-major order."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

MOST_PARTS = 64
"""Indices of one axis at which elements are taken apart."""

Box = tuple[tuple[int, int], ...]
"""start ≤ index < stop, for each axis."""


def filled(elements: Tensor) -> Box | None:
    """The box whose elements these are, row-major; None where they are a list of another kind."""
    count, axes = elements.shape
    if count == 0 or axes == 0:
        return None
    low, high = elements.amin(0), elements.amax(0)
    box = tuple((a, b + 1) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    if count != math.prod(extents(box)):
        return None
    # the offset of each within the box, which counts up
    strides = [math.prod(extents(box)[axis + 1 :]) for axis in range(axes)]
    offsets = (elements - low) @ torch.tensor(strides, device=elements.device)
    return box if torch.equal(offsets, torch.arange(count, device=elements.device)) else None


def apart(elements: Tensor) -> list[Tensor]:
    """Row-major elements in parts, of which as many as can be are boxes, in the same order.

    Where they are no box, they are taken apart at the first axis along which they have several
    indices, if these are few: those of two heads are a box each.
    """
    if elements.shape[0] < 2 or filled(elements) is not None:
        return [elements]
    several = (elements != elements[0]).any(0).nonzero().flatten()
    if several.numel() < 2:
        return [elements]
    column = elements[:, int(several[0])]
    ends = (column[1:] != column[:-1]).nonzero().flatten() + 1
    if ends.numel() >= MOST_PARTS:
        return [elements]
    parts = torch.tensor_split(elements, ends.cpu())
    return [piece for part in parts for piece in apart(part)]


def extents(box: Box) -> tuple[int, ...]:
    """The box' lengths."""
    return tuple(stop - start for start, stop in box)


def blocks(box: Box, room: int) -> Iterator[Box]:
    """Boxes of at most `room` elements (at least one) that make up the box in row-major order."""
    axis, inner = len(box) - 1, 1
    while axis > 0 and inner * extents(box)[axis] <= room:
        inner *= extents(box)[axis]
        axis -= 1
    start, stop = box[axis]
    step = max(1, room // inner)
    for outer in _positions(box[:axis]):
        for begin in range(start, stop, step):
            yield (*outer, (begin, min(begin + step, stop)), *box[axis + 1 :])


def _positions(box: Box) -> Iterator[Box]:
    if not box:
        yield ()
        return
    for outer in _positions(box[:-1]):
        for at in range(*box[-1]):
            yield (*outer, (at, at + 1))


def axes_of(box: Box, device: torch.device) -> tuple[Tensor, ...]:
    """For each axis its indices, lying along it."""
    rank = len(box)
    return tuple(
        torch.arange(start, stop, device=device).view(-1, *(1,) * (rank - 1 - axis))
        for axis, (start, stop) in enumerate(box)
    )

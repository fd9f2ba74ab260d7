"""Boxes of indices: those of each axis, and each of them with each of the others, row-major."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

MOST_PARTS = 64
"""Indices of one axis at which elements are taken apart."""

Box = tuple[Tensor, ...]
"""The indices of each axis, ascending."""


def filled(elements: Tensor) -> Box | None:
    """The box whose elements these are, row-major; None where they are a list of another kind."""
    count, axes = elements.shape
    if count == 0 or axes == 0:
        return None
    found: list[Tensor] = []
    # the indices of the last axis run once for each of the others, which are a box of their own
    while elements.shape[1] > 1:
        before, last = elements[:, :-1], elements[:, -1]
        changes = (before != before[0]).any(1).to(torch.int8)
        length = int(changes.argmax()) or elements.shape[0]
        if elements.shape[0] % length:
            return None
        runs = before.reshape(-1, length, before.shape[1])
        if not bool(
            (runs == runs[:, :1]).all() & (last.reshape(-1, length) == last[:length]).all()
        ):
            return None
        found.append(last[:length])
        elements = runs[:, 0]
    found.append(elements[:, 0])
    ascending = all(bool((axis[1:] > axis[:-1]).all()) for axis in found)
    return tuple(reversed(found)) if ascending else None


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


def spanned(indices: Sequence[Tensor]) -> Box | None:
    """The box of the elements with these indices, each lying along an axis of its own."""
    box: list[Tensor] = []
    seen: set[int] = set()
    for index in indices:
        axes = [axis for axis, length in enumerate(reversed(index.shape)) if length > 1]
        if len(axes) > 1 or seen.intersection(axes):
            return None
        seen.update(axes)
        values = index.reshape(-1)
        if not bool((values[1:] > values[:-1]).all()):
            return None
        box.append(values)
    return tuple(box) or None


def offsets(box: Box, lengths: Sequence[int]) -> Tensor:
    """Row-major offsets of the box' elements in a tensor of these lengths."""
    found, stride = torch.zeros((), dtype=torch.int64, device=box[0].device), 1
    for index, length in zip(reversed(axes_of(box)), reversed(lengths), strict=True):
        found, stride = found + index * stride, stride * length
    return found.reshape(-1)


def extents(box: Box) -> tuple[int, ...]:
    """The box' lengths."""
    return tuple(axis.numel() for axis in box)


def ends(box: Box) -> tuple[tuple[int, int], ...]:
    """Least and greatest index of each axis."""
    return tuple((int(axis[0]), int(axis[-1])) for axis in box)


def blocks(box: Box, room: int) -> Iterator[Box]:
    """Boxes of at most `room` elements (at least one) that make up the box in row-major order."""
    axis, inner = len(box) - 1, 1
    while axis > 0 and inner * box[axis].numel() <= room:
        inner *= box[axis].numel()
        axis -= 1
    for outer in itertools.product(*(torch.split(before, 1) for before in box[:axis])):
        for part in torch.split(box[axis], max(1, room // inner)):
            yield (*outer, part, *box[axis + 1 :])


def axes_of(box: Box) -> tuple[Tensor, ...]:
    """For each axis its indices, lying along it."""
    rank = len(box)
    return tuple(indices.view(-1, *(1,) * (rank - 1 - axis)) for axis, indices in enumerate(box))

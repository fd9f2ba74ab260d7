"""Which elements are worked out, and which are checked where all would be too many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor

from generator.explain.extremes import extremes
from generator.formula.operands import coordinates

Element = tuple[int, ...]

_GOLDEN = (math.sqrt(5) - 1) / 2


def largest(tensor: Tensor) -> Element:
    """The element of the largest finite magnitude; the first where there are several."""
    return position(extremes(tensor).at_largest[0], tuple(tensor.shape))


def first_zero(tensor: Tensor) -> Element | None:
    """The first element that is exactly zero; None where there is none."""
    first = extremes(tensor).first_zero
    return None if first is None else position(first, tuple(tensor.shape))


def corners(shape: Sequence[int], most: int = 16) -> list[Element]:
    """The corners of a tensor, first and last index of each axis, row-major; at most so many."""
    ends = [(0,) if n == 1 else (0, n - 1) for n in shape]
    return list(itertools.islice(itertools.product(*ends), most))


def position(offset: int, shape: Sequence[int]) -> Element:
    """The indices of a row-major offset."""
    found: list[int] = []
    for length in reversed(shape):
        found.append(offset % length)
        offset //= length
    return tuple(reversed(found))


def sample(tensor: Tensor, count: int, shown: Sequence[Element]) -> Tensor:
    """About `count` elements of a tensor, the same in every run, shape (elements, axes).

    The corners, the extremes, a zero and the elements `shown` are among them; the others are spread
    evenly over the tensor by the golden ratio.
    """
    shape = tuple(tensor.shape)
    few = rows([*shown, *special(tensor)], tensor)
    # counted in float64 as Python does, but a million at once
    total = math.prod(shape)
    steps = torch.arange(min(count, total), dtype=torch.float64, device=tensor.device)
    spread_out = (total * ((steps * _GOLDEN) % 1.0)).long()
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    weights = torch.tensor(strides, dtype=torch.int64, device=tensor.device)
    offsets = torch.unique(torch.cat([(few * weights).sum(1), spread_out]))
    return coordinates(offsets, shape)


def special(tensor: Tensor) -> list[Element]:
    """The extremes, a zero if there is one, and the corners."""
    shape, known = tuple(tensor.shape), extremes(tensor)
    found = [position(offset, shape) for offset in known.ends]
    zero = first_zero(tensor)
    return [*found, *([] if zero is None else [zero]), *corners(shape)]


def spread(shape: Sequence[int], count: int) -> list[Element]:
    """About `count` elements, spread evenly by the golden ratio."""
    total = math.prod(shape)
    return [position(int(total * ((k * _GOLDEN) % 1.0)), shape) for k in range(min(count, total))]


def rows(elements: Sequence[Element], tensor: Tensor) -> Tensor:
    """The elements in the tensor's order, each once, shape (elements, axes)."""
    found = sorted(set(elements))
    return torch.tensor(found, dtype=torch.int64, device=tensor.device).reshape(len(found), -1)

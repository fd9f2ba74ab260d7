"""Which elements are checked where all would cost too much: as many as what they demand allows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from torch import Tensor

from generator.explain.elements import Element, largest, rows, sample, special, spread
from generator.formula.bounds import Interval
from generator.formula.demand import Demand
from generator.formula.operands import index_ranges
from generator.formula.tree import Equation

CHEAP = 1 << 18
"""What every element may cost together, in operations on numbers."""
STAGES = 1 << 21
"""What stages may cost beside those that the page's own elements demand."""
_SHARE = 8
"""Where these demand much, a share of that."""
_LENGTHS = (256, 64, 16, 4)
"""Lengths of the parts of one axis that are tried where all of it costs too much."""
LEAST, MOST = 512, 4096
"""Elements of a sample beside the special ones: at least and at most."""
_TRIED = 64
"""Elements spread evenly that are tried one by one where stages are dear."""
_FAILURES = 4
"""Elements in a row that cost too much, after which no others are tried."""


def affordable(equation: Equation, actual: Tensor, shown: tuple[Element, ...]) -> Tensor | None:
    """Elements to check, the same in every run, shape (elements, axes); None: all of them.

    All where that is cheap. Otherwise those that are shown; the extremes, a zero, the corners and
    others spread evenly, as far as the stages that they demand are not too many; and where few can
    be had, those that lie around the first that is shown, in the largest part of the tensor that
    demands little more: the same head of an attention, the same row of a weight.
    """
    everything = index_ranges(equation)
    demand = Demand(equation)
    own = demand.body(everything)
    demand.add(everything)
    count = actual.numel()
    if count == 0 or count * own + demand.stages <= CHEAP:
        return None
    wanted = min(max(LEAST, CHEAP // max(own, 1) // 8), MOST)
    shown = shown or (largest(actual),)
    needed = Demand(equation)
    for element in shown:
        needed.add(_at(equation, element))
    limit = needed.stages + max(STAGES, needed.stages // _SHARE)
    if demand.stages <= limit:
        return sample(actual, wanted, shown)
    return _some(equation, actual, shown, needed, (limit, wanted))


def _some(
    equation: Equation,
    actual: Tensor,
    shown: tuple[Element, ...],
    needed: Demand,
    room: tuple[int, int],
) -> Tensor:
    limit, wanted = room
    taken: list[Element] = list(shown)
    failures = 0
    for element in dict.fromkeys([*special(actual), *spread(actual.shape, _TRIED)]):
        more = needed.with_also(_at(equation, element))
        if more.stages > limit:
            failures += 1
            if failures == _FAILURES:
                break
            continue
        failures, needed = 0, more
        taken.append(element)
    if len(taken) < wanted:
        taken += _around(equation, actual, shown[0], needed, (limit, wanted))
    return rows(taken, actual)


def _around(
    equation: Equation, actual: Tensor, element: Element, needed: Demand, room: tuple[int, int]
) -> list[Element]:
    """Elements of the largest part around one whose stages the limit allows."""
    limit, wanted = room
    shape = tuple(actual.shape)
    axes = [axis for axis, length in enumerate(shape) if length > 1]
    parts = [p for size in range(1, len(axes)) for p in itertools.combinations(axes, size)]
    parts.sort(key=lambda p: -math.prod(shape[axis] for axis in p))
    for limits in (*(_whole(shape, element, p) for p in parts), *_short(shape, element)):
        ranges = {v.name: found for v, found in zip(equation.indices, limits, strict=True)}
        if needed.with_also(ranges).stages <= limit:
            part = actual[tuple(slice(low, high + 1) for low, high in limits)]
            found = sample(part, wanted, ()).tolist()
            return [tuple(i + low for i, (low, _) in zip(at, limits, strict=True)) for at in found]
    return []


def _whole(shape: tuple[int, ...], element: Element, free: tuple[int, ...]) -> tuple[Interval, ...]:
    """Around the element all of some axes."""
    places = enumerate(zip(shape, element, strict=True))
    return tuple((0, n - 1) if axis in free else (i, i) for axis, (n, i) in places)


def _short(shape: tuple[int, ...], element: Element) -> Iterator[tuple[Interval, ...]]:
    """Around the element a part of one axis, the last first."""
    for length in _LENGTHS:
        for axis in reversed(range(len(shape))):
            if shape[axis] >= length:
                found = [(i, i) for i in element]
                start = element[axis] // length * length
                found[axis] = (start, min(start + length, shape[axis]) - 1)
                yield tuple(found)


def _at(equation: Equation, element: Element) -> dict[str, Interval]:
    return {v.name: (i, i) for v, i in zip(equation.indices, element, strict=True)}

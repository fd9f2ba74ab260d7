"""Stretches of an axis, one for each element of a result: the arithmetic of receptive fields.

The element of a result at its indices reads one axis of a tensor from `low` to `high`. Both are
arrays over the result's axes, of length 1 along those that do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from generator.formula.tree import Outside

Whole = npt.NDArray[np.int64]

MOST = 1 << 16
"""Elements of an array; what would be larger is one stretch for all elements, around theirs."""
FAR = 1 << 40
"""Farther than any index: an index of which nothing is known lies from -FAR to FAR."""


@dataclass(frozen=True, eq=False)
class Span:
    """Where the elements lie that are read along one axis; nowhere if `low` is above `high`."""

    low: Whole
    high: Whole
    steps: Mapping[int, float] = field(default_factory=dict)
    """How far it moves as the index along an axis of the result grows by one, where that is even;
    what the borders cut off does not count."""

    @property
    def longest(self) -> int:
        """The most elements that it holds for any element of the result."""
        return max(0, int((self.high - self.low).max(initial=-1)) + 1)

    def bounds(self, element: Sequence[int]) -> tuple[int, int]:
        """Where it lies for one element of the result."""
        shape = self.low.shape
        at = tuple(0 if count == 1 else k for k, count in zip(element, shape, strict=True))
        return int(self.low[at]), int(self.high[at])

    def moving(self) -> set[int]:
        """The axes of the result along which it is not always the same."""
        return {axis for axis, count in enumerate(self.low.shape) if count != 1}


Spans = tuple[Span, ...]
"""One for each axis of a tensor."""


def index(axis: int, length: int, rank: int) -> Span:
    """The index along one axis of a result of so many axes."""
    at = np.arange(length, dtype=np.int64).reshape([-1 if k == axis else 1 for k in range(rank)])
    return Span(at, at, {axis: 1.0})


def fixed(low: int, high: int, rank: int) -> Span:
    """The same stretch for every element."""
    shape = (1,) * rank
    return Span(np.full(shape, low, np.int64), np.full(shape, high, np.int64))


def made(low: Whole, high: Whole, steps: Mapping[int, float] | None = None) -> Span:
    """A span of bounds that may be of two shapes."""
    if low.shape != high.shape:
        low, high = np.broadcast_arrays(low, high)
    return Span(low, high, {a: s for a, s in (steps or {}).items() if s})


def fit(spans: Sequence[Span]) -> bool:
    """Whether arrays over all axes along which the spans move are not too large."""
    size = 1
    for lengths in zip(*(s.low.shape for s in spans), strict=True):
        size *= 0 if 0 in lengths else max(lengths)
    return size <= MOST


def few(spans: Sequence[Span]) -> Sequence[Span]:
    """The spans, each as one stretch for all elements where they do not fit together."""
    return spans if fit(spans) else [_around(span) for span in spans]


def _around(span: Span) -> Span:
    rank = span.low.ndim
    return fixed(int(span.low.min()), int(span.high.max()), rank) if span.low.size else span


def inside(span: Span, length: int, outside: Outside | None) -> Span:
    """The part of a span that lies in an axis, and what stands in for what lies outside."""
    low, high = span.low, span.high
    if not low.size or (low.min() >= 0 and high.max() < length):
        return span
    rule = "constant" if outside is None else outside.rule
    last = length - 1
    if rule == "replicate":
        return Span(low.clip(0, last), high.clip(0, last), span.steps)
    first, end = np.maximum(low, 0), np.minimum(high, last)
    if rule == "circular":
        out = (low < 0) | (high > last)
        first, end = np.where(out, 0, first), np.where(out, last, end)
    if rule == "reflect":
        pieces = (
            (first, end, first <= end),
            (-np.minimum(high, -1), -low, low < 0),
            (2 * last - high, 2 * last - np.maximum(low, length), high > last),
        )
        first = np.minimum.reduce([np.where(there, a, FAR) for a, _, there in pieces]).clip(0)
        end = np.maximum.reduce([np.where(there, b, -FAR) for _, b, there in pieces]).clip(max=last)
    return Span(first, end, span.steps)


def either(first: Spans | None, second: Spans) -> Spans:
    """Spans around both."""
    if first is None:
        return second
    mine, others = _held(first), _held(second)
    return tuple(_joined(a, b) for a, b in zip(mine, others, strict=True))


def _joined(first: Span, second: Span) -> Span:
    if first is second:
        return first
    first, second = few((first, second))
    steps = first.steps if first.steps == second.steps else {}
    if (first.low > first.high).all():
        steps = second.steps
    elif (second.low > second.high).all():
        steps = first.steps
    return made(np.minimum(first.low, second.low), np.maximum(first.high, second.high), steps)


def _held(spans: Spans) -> Spans:
    """The spans, empty along each axis for elements for which they are along one."""
    nowhere = [span.low > span.high for span in spans]
    if not any(none.any() for none in nowhere) or not fit(spans):
        return spans
    none = nowhere[0]
    for other in nowhere[1:]:
        none = none | other
    return tuple(
        made(np.where(none, FAR, s.low), np.where(none, -FAR, s.high), s.steps) for s in spans
    )


def through(inner: Spans, outer: Spans, rank: int) -> Spans:
    """Spans in what a tensor was made of, where `outer` are those in the tensor itself.

    `rank` counts the axes of the result that reads the tensor.
    """
    return tuple(_put(span, outer, rank) for span in inner)


def _put(span: Span, outer: Spans, rank: int) -> Span:
    low, high = span.low, span.high
    if not low.size:
        return fixed(FAR, -FAR, rank)
    moving = sorted(span.moving())
    if len(moving) > 1:
        # of a box of several axes, what all elements along those that are no point read
        boxes = {a for a in moving if (outer[a].low < outer[a].high).any()}
        over = tuple(boxes if fit([outer[a] for a in moving]) else moving)
        low, high = low.min(over, keepdims=True), high.max(over, keepdims=True)
        moving = [axis for axis in moving if axis not in over]
    if not moving:
        return fixed(int(low.min()), int(high.max()), rank)
    steps: dict[int, float] = {}
    for axis in moving:
        for further, step in outer[axis].steps.items():
            steps[further] = steps.get(further, 0.0) + step * span.steps.get(axis, 0.0)
    if len(moving) > 1:
        at = tuple(
            outer[axis].low.clip(0, count - 1) if axis in moving else 0
            for axis, count in enumerate(low.shape)
        )
        empty = np.zeros((1,) * rank, dtype=bool)
        for axis in moving:
            empty = empty | (outer[axis].low > outer[axis].high)
        return made(np.where(empty, FAR, low[at]), np.where(empty, -FAR, high[at]), steps)
    where = outer[moving[0]]
    least, most = _extremes(low.ravel(), high.ravel(), where)
    return made(least, most, steps)


def _extremes(low: Whole, high: Whole, where: Span) -> tuple[Whole, Whole]:
    """The least of `low` and the largest of `high` within each stretch."""
    last = low.size - 1
    empty = where.low > where.high
    start, end = where.low.clip(0, last), where.high.clip(0, last)
    end = np.maximum(start, end)
    if bool((start == end).all()):
        least, most = low[start], high[start]
    elif bool((low[:-1] <= low[1:]).all()) and bool((high[:-1] <= high[1:]).all()):
        least, most = low[start], high[end]
    else:
        pairs = np.stack([start.ravel(), end.ravel() + 1], axis=1).ravel()
        # an end beyond the last element must be an index as well
        least, most = (
            of.reduceat(np.append(values, values[-1]), pairs)[::2].reshape(start.shape)
            for of, values in ((np.minimum, low), (np.maximum, high))
        )
    if empty.any():
        return np.where(empty, FAR, least), np.where(empty, -FAR, most)
    return least, most


def along(spans: Spans, axis: int, direction: int) -> Spans:
    """Spans of a result whose elements read those before them along an axis."""
    return tuple(_running(span, axis, direction) for span in spans)


def _running(span: Span, axis: int, direction: int) -> Span:
    if span.low.shape[axis] == 1:
        return span
    low, high = span.low, span.high
    if direction < 0:
        low, high = np.flip(low, axis), np.flip(high, axis)
    low, high = np.minimum.accumulate(low, axis), np.maximum.accumulate(high, axis)
    if direction < 0:
        low, high = np.flip(low, axis), np.flip(high, axis)
    return Span(low, high, span.steps)

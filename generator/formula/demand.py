"""What an element demands: the elements of stages that are read for it, and what they cost.

One element of a weight's gradient may read a whole column of a stage, each element of which reads
a row of another. Each stage is evaluated where it is read alone, so that this, not its size, is
what a check costs. It is found by interval analysis, without evaluating anything.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.formula.bounds import Interval, bounds, extent
from generator.formula.functions import COMPARISONS
from generator.formula.matrix_products import LEAST, split
from generator.formula.operands import lengths
from generator.formula.tree import (
    Add,
    Apply,
    Cases,
    Compare,
    Cond,
    Either,
    Equation,
    Every,
    Expr,
    Not,
    Read,
    Reduce,
    Stage,
    Var,
)
from generator.formula.walk import children

Ranges = Mapping[str, Interval]
Box = tuple[Interval, ...]
"""Least and greatest index of each axis."""

_FUNCTION = 4
"""What a function costs, in terms of a sum."""
_PRODUCT = 16
_TERMS_OF_PRODUCT = 64
"""What an element of a matrix product costs, and how many of its terms cost as much as one."""


class Demand:
    """What the elements that have been added demand, in terms of sums."""

    def __init__(self, equation: Equation, *, rounded: bool = True) -> None:
        self._equation = equation
        self._rounded = rounded
        bodies = (equation.body, equation.arithmetic if rounded else None)
        self._bodies = [body for body in bodies if body is not None]
        self._stages = {s.tensor.name: s for s in equation.stages}
        self._boxes: dict[str, Mapping[Box, int]] = {}
        """What is demanded of a stage, with its cost; replaced, never changed: copies share it."""
        self._vague: set[str] = set()
        """Stages of which less may be read than their boxes have."""

    @property
    def stages(self) -> int:
        """The cost of all stages."""
        return sum(cost for boxes in self._boxes.values() for cost in boxes.values())

    def elements(self, name: str) -> int | None:
        """How many elements of a stage are demanded; None where that cannot be told exactly."""
        boxes = list(self._boxes.get(name, ()))
        apart = all(_apart(a, b) for a, b in itertools.combinations(boxes, 2))
        if name in self._vague or not apart or self._stages[name].along is not None:
            return None
        return sum(_volume(box) for box in boxes)

    def body(self, ranges: Ranges) -> int:
        """The cost of an element of the result itself."""
        return sum(_cost(body, ranges, many=False) for body in self._bodies)

    def add(self, ranges: Ranges) -> None:
        """Add the elements whose indices lie in the ranges."""
        for body in self._bodies:
            self._read(body, ranges)

    def with_also(self, ranges: Ranges) -> Demand:
        """This and further elements."""
        found = Demand(self._equation, rounded=self._rounded)
        found._boxes, found._vague = dict(self._boxes), set(self._vague)
        found.add(ranges)
        return found

    def _read(self, node: Expr, ranges: Ranges, *, vague: bool = False) -> None:
        for read in reads(node, ranges, self._equation):
            if read.tensor in self._stages:
                if vague or read.vague:
                    self._vague.add(read.tensor)
                self._demand(self._stages[read.tensor], read.box)

    def _demand(self, stage: Stage, box: Box) -> None:
        box = _complete(stage, box)
        known = self._boxes.get(stage.tensor.name, {})
        if any(_within(box, other) for other in known):
            return
        ranges = {v.name: limits for v, limits in zip(stage.indices, box, strict=True)}
        volume = _volume(box)
        bodies = [stage.body]
        if self._rounded and stage.arithmetic is not None:
            bodies.append(stage.arithmetic)
        many = volume * _terms(stage, ranges) >= LEAST
        kept = {other: cost for other, cost in known.items() if not _within(other, box)}
        cost = volume * sum(_cost(body, ranges, many=many) for body in bodies)
        self._boxes[stage.tensor.name] = {**kept, box: cost}
        for body in bodies:
            self._read(body, ranges, vague=stage.tensor.name in self._vague)


@dataclass(frozen=True)
class Reading:
    """Where a tensor or stage is read."""

    tensor: str
    box: Box
    vague: bool
    """Whether less of it may be read."""


def reads(
    node: Expr | Cond, ranges: Ranges, equation: Equation, *, vague: bool = False
) -> Iterator[Reading]:
    """The tensors and stages that a node reads, and where, at most."""
    if isinstance(node, Reduce):
        inside = _inside(node, ranges)
        if any(low > high for low, high in inside.values()):
            return
        ends = [end for span in node.ranges for end in (span.start, span.stop)]
        steady = all(_constant(end, ranges) for end in ends)
        ranges, vague = inside, vague or node.where is not None or not steady
    if isinstance(node, Cases):
        yield from _read_by_cases(node, ranges, equation, vague=vague)
        return
    if isinstance(node, Read):
        yield from _reading(node, ranges, equation, vague=vague)
    for child in children(node):
        yield from reads(child, ranges, equation, vague=vague)


def _inside(node: Reduce, ranges: Ranges) -> dict[str, Interval]:
    """The ranges with those of a reduction."""
    inside = dict(ranges)
    for span in node.ranges:
        limits = extent(span, inside)
        inside.pop(span.var.name, None)
        if limits is not None:
            inside[span.var.name] = limits
    return inside


def _reading(node: Read, ranges: Ranges, equation: Equation, *, vague: bool) -> Iterator[Reading]:
    found: list[Interval] = []
    for index, length in zip(node.indices, lengths(equation.declared(node.tensor)), strict=True):
        limits = bounds(index, ranges)
        low, high = (0, length - 1) if limits is None else limits
        found.append((max(low, 0), min(high, length - 1)))
    if all(low <= high for low, high in found):
        yield Reading(node.tensor, tuple(found), vague or not _fills(node, ranges))


def _fills(node: Read, ranges: Ranges) -> bool:
    """Whether the indices take all values of their box: a variable each, moved by a number."""
    seen: set[str] = set()
    for index in node.indices:
        if _constant(index, ranges):
            continue
        terms = index.terms if isinstance(index, Add) else (index,)
        moving = [term for term in terms if not _constant(term, ranges)]
        if len(moving) != 1 or not isinstance(moving[0], Var) or moving[0].name in seen:
            return False
        seen.add(moving[0].name)
    return True


def _constant(node: Expr, ranges: Ranges) -> bool:
    limits = bounds(node, ranges)
    return limits is not None and limits[0] == limits[1]


def beyond(equation: Equation, ranges: Ranges) -> bool:
    """Whether the body may read a tensor beyond its edge, where padding is."""
    return _beyond(equation.body, ranges, equation)


def _beyond(node: Expr | Cond, ranges: Ranges, equation: Equation) -> bool:
    if isinstance(node, Reduce):
        ranges = _inside(node, ranges)
    if isinstance(node, Read) and equation.declared(node.tensor).outside is not None:
        sizes = lengths(equation.declared(node.tensor))
        found = [bounds(index, ranges) for index in node.indices]
        if any(f is None or f[0] < 0 or f[1] >= n for f, n in zip(found, sizes, strict=True)):
            return True
    return any(_beyond(child, ranges, equation) for child in children(node))


def _read_by_cases(
    node: Cases, ranges: Ranges, equation: Equation, *, vague: bool
) -> Iterator[Reading]:
    for case in node.cases:
        held = holds(case.condition, ranges)
        if held is False:
            continue
        yield from reads(case.condition, ranges, equation, vague=vague)
        yield from reads(case.value, ranges, equation, vague=vague or held is None)
        if held:
            return
        vague = True
    yield from reads(node.otherwise, ranges, equation, vague=vague)


def holds(node: Cond, ranges: Ranges) -> bool | None:
    """Whether a condition holds everywhere, or nowhere; None where that cannot be told."""
    match node:
        case Compare():
            return _compared(node, ranges)
        case Every() | Either():
            found = [holds(c, ranges) for c in node.conditions]
            stop = isinstance(node, Either)
            if any(f is stop for f in found):
                return stop
            return None if None in found else not stop
        case Not():
            inner = holds(node.condition, ranges)
            return None if inner is None else not inner
        case _:
            return None


def _compared(node: Compare, ranges: Ranges) -> bool | None:
    left, right = bounds(node.left, ranges), bounds(node.right, ranges)
    if left is None or right is None:
        return None
    compare = COMPARISONS[node.comparison]
    if node.comparison in {"=", "!="}:
        if left[0] == left[1] and left == right:
            return bool(compare(0, 0))
        apart = left[1] < right[0] or left[0] > right[1]
        return bool(compare(0, 1)) if apart else None
    # a comparison by order is decided by the ends
    found = {bool(compare(a, b)) for a in left for b in right}
    return found.pop() if len(found) == 1 else None


def _complete(stage: Stage, box: Box) -> Box:
    """All that is evaluated where a box is asked for: of a recurrence all steps so far."""
    if stage.along is None:
        return box
    whole = [(0, length - 1) for length in lengths(stage.tensor)]
    low, high = box[stage.along]
    last = whole[stage.along][1]
    whole[stage.along] = (0, high) if stage.direction == 1 else (low, last)
    return tuple(whole)


def _within(box: Box, other: Box) -> bool:
    return all(a[0] >= b[0] and a[1] <= b[1] for a, b in zip(box, other, strict=True))


def _apart(box: Box, other: Box) -> bool:
    return any(a[1] < b[0] or b[1] < a[0] for a, b in zip(box, other, strict=True))


def _volume(box: Box) -> int:
    return math.prod(high - low + 1 for low, high in box)


def _terms(stage: Stage, ranges: Ranges) -> int:
    return _cost(stage.body, ranges, many=False)


def _cost(node: Expr | Cond, ranges: Ranges, *, many: bool) -> int:
    """What a node costs for each element; `many` takes matrix products where there are any."""
    if isinstance(node, Reduce):
        inside = _inside(node, ranges)
        found = [inside.get(span.var.name, (0, 0)) for span in node.ranges]
        count = math.prod(max(0, high - low + 1) for low, high in found)
        if many and split(node) is not None:
            return _PRODUCT + count // _TERMS_OF_PRODUCT
        parts = [node.body, *(() if node.where is None else (node.where,))]
        return count * max(1, sum(_cost(part, inside, many=many) for part in parts))
    if isinstance(node, Read):
        return 1
    own = _FUNCTION if isinstance(node, Apply) else 0
    return own + sum(_cost(child, ranges, many=many) for child in children(node))

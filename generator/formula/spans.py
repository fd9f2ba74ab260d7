"""How far a result's elements look into what they are computed from, as their indices move.

A span says where along one axis the elements lie that are read for the element at index i of a
result, at most: a convolution's from s·i - p to s·i - p + d·(k - 1), as far as that lies in its
input. Spans of one step put into those of the step before give the receptive field in the model's
input, which without borders follows the recurrences r ← r + (k - 1)·j and j ← j·s (A. Araujo,
W. Norris and J. Sim, Computing receptive fields of convolutional neural networks, Distill, 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from generator.formula.expansion import below
from generator.formula.operands import lengths
from generator.formula.remembered import per_object
from generator.formula.stretches import (
    FAR,
    Span,
    Spans,
    along,
    either,
    few,
    fixed,
    index,
    inside,
    made,
    through,
)
from generator.formula.tree import (
    Add,
    Cond,
    Equation,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Num,
    Range,
    Read,
    Reduce,
    Stage,
    Tensor,
    Var,
)
from generator.formula.walk import children

_ROUNDS = 8
"""How often a recurrence is followed: once for each quantity that reads another's earlier ones."""

_Found = dict[str, Spans]


@per_object
def spans(equation: Equation) -> Mapping[str, Spans]:
    """Where a configured equation reads each of its tensors, at most."""
    known: _Found | None = None
    earlier: dict[str, _Found] = {s.tensor.name: {} for s in equation.stages if _recurs(s)}
    if not earlier:
        return _Reading(equation, {}).read(equation.body, equation.indices, equation.result)
    for _ in range(_ROUNDS):
        reading = _Reading(equation, earlier)
        found = {name: reading.recurring(equation.stage(name)) for name in earlier}
        if all(_same(found[name], earlier[name]) for name in earlier):
            known = reading.read(equation.body, equation.indices, equation.result)
            break
        earlier = found
    if known is not None:
        return known
    rank = len(equation.indices)
    return {t.name: tuple(fixed(0, n - 1, rank) for n in lengths(t)) for t in equation.tensors}


def _recurs(stage: Stage) -> bool:
    return stage.along is not None


def _same(first: _Found, second: _Found) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(a.low, b.low) and np.array_equal(a.high, b.high)
        for name in first
        for a, b in zip(first[name], second[name], strict=True)
    )


class _Reading:
    """One way through an equation, with what its recurring stages are known to read so far."""

    def __init__(self, equation: Equation, earlier: Mapping[str, _Found]) -> None:
        self.equation = equation
        self.stages = {stage.tensor.name: stage for stage in equation.stages}
        self.known: dict[str, _Found] = dict(earlier)

    def recurring(self, stage: Stage) -> _Found:
        """What such a stage reads, by itself and by its elements before."""
        assert stage.along is not None
        found = self.read(stage.body, stage.indices, stage.tensor)
        return {n: along(where, stage.along, stage.direction) for n, where in found.items()}

    def read(self, body: Expr, indices: Sequence[Var], result: Tensor) -> _Found:
        """What a body reads of each tensor, through stages too."""
        sizes = lengths(result)
        rank = len(sizes)
        free = {v.name: index(axis, sizes[axis], rank) for axis, v in enumerate(indices)}
        here: _Found = {}
        for node, inner in _reads(body, free, rank):
            declared = self.equation.declared(node.tensor)
            where = tuple(
                inside(_index(at, inner, rank), length, declared.outside)
                for at, length in zip(node.indices, lengths(declared), strict=True)
            )
            if node.tensor not in self.stages:
                here[node.tensor] = either(here.get(node.tensor), where)
                continue
            for tensor, found in self._of(self.stages[node.tensor]).items():
                here[tensor] = either(here.get(tensor), through(found, where, rank))
        return here

    def _of(self, stage: Stage) -> _Found:
        name = stage.tensor.name
        if name not in self.known:
            self.known[name] = self.read(stage.body, stage.indices, stage.tensor)
        return self.known[name]


_Free = Mapping[str, Span]


def _reads(node: Expr | Cond, free: _Free, rank: int) -> Iterator[tuple[Read, _Free]]:
    """Every read in a node, whatever its conditions are, with the indices that it may use."""
    if isinstance(node, Reduce):
        ranges = dict(free)
        for span in node.ranges:
            ranges[span.var.name] = _range(span, ranges, rank)
        free = ranges
    if isinstance(node, Read):
        yield node, free
    for child in children(node):
        yield from _reads(child, free, rank)


def _range(span: Range, free: _Free, rank: int) -> Span:
    start, stop = few((_index(span.start, free, rank), _index(span.stop, free, rank)))
    return made(start.low, stop.high - 1, start.steps if start.steps == stop.steps else {})


def _index(node: Expr, free: _Free, rank: int) -> Span:
    """Where an index lies; anywhere if it depends on data."""
    if isinstance(node, Num) and isinstance(node.value, int):
        return fixed(node.value, node.value, rank)
    if isinstance(node, Var):
        return free.get(node.name) or fixed(-FAR, FAR, rank)
    if isinstance(node, Neg):
        only = _index(node.operand, free, rank)
        return Span(-only.high, -only.low, {a: -s for a, s in only.steps.items()})
    if isinstance(node, Add | Mul | Extreme | FloorDiv | Mod):
        parts = few([_index(child, free, rank) for child in below(node)])
        if all((abs(p.low) < FAR).all() and (abs(p.high) < FAR).all() for p in parts):
            return _combined(node, parts, rank)
    return fixed(-FAR, FAR, rank)


def _combined(node: Add | Mul | Extreme | FloorDiv | Mod, parts: Sequence[Span], rank: int) -> Span:
    found, *others = parts
    for other in others:
        if isinstance(node, Add):
            found = _sum(found, other)
        elif isinstance(node, Mul):
            found = _product(found, other)
        elif isinstance(node, Extreme):
            pick = np.maximum if node.kind == "max" else np.minimum
            steps = found.steps or other.steps  # what an edge cuts off does not count
            found = made(pick(found.low, other.low), pick(found.high, other.high), steps)
        elif (other.low != other.high).any() or (other.low <= 0).any():
            return fixed(-FAR, FAR, rank)
        else:
            found = _divided(node, found, other)
    return found


def _sum(first: Span, second: Span) -> Span:
    steps = dict(first.steps)
    for axis, step in second.steps.items():
        steps[axis] = steps.get(axis, 0.0) + step
    return made(first.low + second.low, first.high + second.high, steps)


def _product(first: Span, second: Span) -> Span:
    factor, other = (first, second) if first.low.size == 1 else (second, first)
    corners = [a * b for a in (first.low, first.high) for b in (second.low, second.high)]
    even = factor.low.size == 1 and (factor.low == factor.high).all()
    steps = {a: s * factor.low.item() for a, s in other.steps.items()} if even else {}
    return made(np.minimum.reduce(corners), np.maximum.reduce(corners), steps)


def _divided(node: FloorDiv | Mod, numerator: Span, divisor: Span) -> Span:
    by = divisor.low
    if isinstance(node, FloorDiv):
        even = by.item() if by.size == 1 else 0
        steps = {a: s / even for a, s in numerator.steps.items()} if even else {}
        # nothing is read where an exact division would leave a remainder
        low = -(-numerator.low // by) if node.exact else numerator.low // by
        return made(low, numerator.high // by, steps)
    # within one round the remainder follows the index
    together = numerator.low // by == numerator.high // by
    low = np.where(together, numerator.low % by, 0)
    return made(low, np.where(together, numerator.high % by, by - 1))

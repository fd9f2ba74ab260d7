"""How far a result's elements look into what they are computed from, as their indices move.

A span says where along one axis the elements lie that are read for the element at index i of a
result: from Σ c·i + low to Σ c·i + high. A convolution's is s·h - p … s·h - p + d·(k - 1). Spans of
one step put into those of the step before give the receptive field in the model's input, with the
recurrences r ← r + (k - 1)·j and j ← j·s (A. Araujo, W. Norris and J. Sim, Computing receptive
fields of convolutional neural networks, Distill, 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from generator.formula.remembered import per_object
from generator.formula.tree import (
    Add,
    Cond,
    Equation,
    Expr,
    FloorDiv,
    Mul,
    Neg,
    Num,
    Range,
    Read,
    Reduce,
    Stage,
    Var,
)
from generator.formula.walk import children


@dataclass(frozen=True)
class Span:
    """Σ step·index + low … Σ step·index + high, the indices being those of a result's axes."""

    steps: tuple[tuple[int, Fraction], ...]
    """The axes that move it, each with how far, by axis; none has a step of 0."""
    low: Fraction
    high: Fraction

    @property
    def most(self) -> int:
        """How many whole numbers lie in it at most."""
        return math.floor(self.high - self.low) + 1

    def step(self, axis: int) -> Fraction:
        """How far it moves as the index of one axis grows by one."""
        return dict(self.steps).get(axis, Fraction(0))


Spans = tuple[Span | None, ...]
"""One for each axis of a tensor; None where it may be any part of the axis."""


@per_object
def spans(equation: Equation) -> Mapping[str, Spans]:
    """Where a configured equation reads each of its tensors, at most.

    A recurrence may read anything: its elements read each other.
    """
    if any(stage.along is not None for stage in equation.stages):
        return {tensor.name: (None,) * len(tensor.sizes) for tensor in equation.tensors}
    stages = {stage.tensor.name: stage for stage in equation.stages}
    known: dict[str, Mapping[str, Spans]] = {}

    def of_stage(stage: Stage) -> Mapping[str, Spans]:
        name = stage.tensor.name
        if name not in known:
            known[name] = read_in(stage.body, stage.indices)
        return known[name]

    def read_in(body: Expr, indices: Sequence[Var]) -> dict[str, Spans]:
        here: dict[str, Spans] = {}
        free = {v.name: _moving(axis) for axis, v in enumerate(indices)}
        for name, where in _reads(body, free):
            if name not in stages:
                here[name] = either(here.get(name), where)
                continue
            for tensor, inner in of_stage(stages[name]).items():
                here[tensor] = either(here.get(tensor), through(inner, where))
        return here

    return read_in(equation.body, equation.indices)


def through(inner: Spans, outer: Spans) -> Spans:
    """Spans in what a tensor was made of, where `outer` are those in the tensor itself."""
    return tuple(None if span is None else _put(span, outer) for span in inner)


def either(first: Spans | None, second: Spans) -> Spans:
    """Spans that hold both; None on an axis along which they do not move alike."""
    if first is None:
        return second
    return tuple(_joined(a, b) for a, b in zip(first, second, strict=True))


def _put(span: Span, outer: Spans) -> Span | None:
    steps: dict[int, Fraction] = {}
    low, high = span.low, span.high
    for axis, step in span.steps:
        place = outer[axis]
        if place is None:
            return None
        for further, size in place.steps:
            steps[further] = steps.get(further, Fraction(0)) + step * size
        ends = (step * place.low, step * place.high)
        low, high = low + min(ends), high + max(ends)
    return _span(steps, low, high)


def _joined(first: Span | None, second: Span | None) -> Span | None:
    if first is None or second is None or first.steps != second.steps:
        return None
    return Span(first.steps, min(first.low, second.low), max(first.high, second.high))


def _span(steps: Mapping[int, Fraction], low: Fraction, high: Fraction) -> Span:
    return Span(tuple(sorted((a, s) for a, s in steps.items() if s)), low, high)


def _moving(axis: int) -> Span:
    return Span(((axis, Fraction(1)),), Fraction(0), Fraction(0))


def _reads(node: Expr | Cond, free: Mapping[str, Span | None]) -> Iterator[tuple[str, Spans]]:
    """Every read in a node, whatever its conditions are."""
    if isinstance(node, Reduce):
        inside = dict(free)
        for span in node.ranges:
            inside[span.var.name] = _range(span, inside)
        free = inside
    if isinstance(node, Read):
        yield node.tensor, tuple(_index(index, free) for index in node.indices)
    for child in children(node):
        yield from _reads(child, free)


def _range(span: Range, free: Mapping[str, Span | None]) -> Span | None:
    start, stop = _index(span.start, free), _index(span.stop, free)
    if start is None or stop is None or start.steps != stop.steps:
        return None
    return Span(start.steps, start.low, stop.high - 1)


def _index(node: Expr, free: Mapping[str, Span | None]) -> Span | None:
    """Where an index lies; None where it depends on data or not in proportion on others."""
    if isinstance(node, Num) and isinstance(node.value, int):
        return _span({}, Fraction(node.value), Fraction(node.value))
    if isinstance(node, Var):
        return free.get(node.name)
    if isinstance(node, Add):
        return _sum([_index(term, free) for term in node.terms])
    if isinstance(node, Neg):
        return _scaled(_index(node.operand, free), Fraction(-1))
    if isinstance(node, Mul):
        return _product([_index(factor, free) for factor in node.factors])
    if isinstance(node, FloorDiv):
        return _floored(_index(node.numerator, free), _index(node.denominator, free))
    return None


def _sum(parts: Sequence[Span | None]) -> Span | None:
    steps: dict[int, Fraction] = {}
    low = high = Fraction(0)
    for part in parts:
        if part is None:
            return None
        for axis, step in part.steps:
            steps[axis] = steps.get(axis, Fraction(0)) + step
        low, high = low + part.low, high + part.high
    return _span(steps, low, high)


def _scaled(span: Span | None, factor: Fraction) -> Span | None:
    if span is None:
        return None
    ends = (factor * span.low, factor * span.high)
    return _span({a: factor * s for a, s in span.steps}, min(ends), max(ends))


def _product(parts: Sequence[Span | None]) -> Span | None:
    found: Span | None = _span({}, Fraction(1), Fraction(1))
    for part in parts:
        if found is None or part is None:
            return None
        number, other = (part, found) if _constant(part) else (found, part)
        if not _constant(number):
            return None
        found = _scaled(other, number.low)
    return found


def _floored(numerator: Span | None, divisor: Span | None) -> Span | None:
    if numerator is None or divisor is None or not _constant(divisor) or divisor.low <= 0:
        return None
    found = _scaled(numerator, 1 / divisor.low)
    assert found is not None
    return Span(found.steps, found.low - (1 - 1 / divisor.low), found.high)


def _constant(span: Span) -> bool:
    return not span.steps and span.low == span.high

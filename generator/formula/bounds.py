"""Interval analysis of index arithmetic: what values an integer expression can take."""

from __future__ import annotations

from collections.abc import Mapping

from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Num,
    Range,
    Var,
)

Interval = tuple[int, int]


def bounds(node: Expr, ranges: Mapping[str, Interval]) -> Interval | None:
    """Least and greatest value of an integer expression; None where they cannot be told.

    `ranges` has the interval of each index variable, both ends included. A size that is zero gives
    an empty interval (0, -1), for which nothing can be told either.
    """
    if isinstance(node, Num):
        return (node.value, node.value) if isinstance(node.value, int) else None
    if isinstance(node, Var):
        found = ranges.get(node.name)
        return found if found is not None and found[0] <= found[1] else None
    if isinstance(node, Bracket):
        return (0, 1)
    parts = _parts(node, ranges)
    if parts is None:
        return None
    return _combine(node, parts)


def extent(span: Range, ranges: Mapping[str, Interval]) -> Interval | None:
    """The interval of a reduction's index, over all values of the indices further out."""
    start, stop = bounds(span.start, ranges), bounds(span.stop, ranges)
    return None if start is None or stop is None else (start[0], stop[1] - 1)


def _parts(node: Expr, ranges: Mapping[str, Interval]) -> list[Interval] | None:
    children: tuple[Expr, ...]
    if isinstance(node, Add):
        children = node.terms
    elif isinstance(node, Mul):
        children = node.factors
    elif isinstance(node, Extreme):
        children = node.operands
    elif isinstance(node, Neg):
        children = (node.operand,)
    elif isinstance(node, FloorDiv | Mod):
        children = (node.numerator, node.denominator)
    elif isinstance(node, Apply) and node.function == "abs":
        children = (node.operand,)
    else:
        return None
    found = [bounds(child, ranges) for child in children]
    return None if None in found else [f for f in found if f is not None]


def _combine(node: Expr, parts: list[Interval]) -> Interval | None:
    if isinstance(node, Add):
        return sum(p[0] for p in parts), sum(p[1] for p in parts)
    if isinstance(node, Neg):
        return -parts[0][1], -parts[0][0]
    if isinstance(node, Extreme):
        pick = max if node.kind == "max" else min
        return pick(p[0] for p in parts), pick(p[1] for p in parts)
    if isinstance(node, Mul):
        product = parts[0]
        for part in parts[1:]:
            corners = [a * b for a in product for b in part]
            product = min(corners), max(corners)
        return product
    if isinstance(node, Apply):
        (low, high) = parts[0]
        return (0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
    return _divide(node, parts[0], parts[1])


def _divide(node: Expr, numerator: Interval, denominator: Interval) -> Interval | None:
    if denominator[0] <= 0:
        return None
    if isinstance(node, FloorDiv):
        corners = [a // b for a in numerator for b in denominator]
        return min(corners), max(corners)
    if denominator[0] == denominator[1] and numerator[0] >= 0 and numerator[1] < denominator[0]:
        return numerator
    return 0, denominator[1] - 1

"""Workings as a page shows them: short ones as one formula, long sums as tables of terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from generator.explanation import LongSum, Term, TermGroup, TermTable
from generator.formula.expansion import Cell, Contents, Entry, Listed, below
from generator.formula.latex import Printer
from generator.formula.text import plain
from generator.formula.tree import (
    Add,
    Apply,
    Div,
    Expr,
    Extreme,
    Mul,
    Neg,
    Num,
    Pow,
    Read,
)

TYPESET = 50
"""Numbers up to which a working is one formula; MathJax takes its time over more."""
WHOLE, FEW = 8, 16
"""Long sums of one working of which the page lists what it can; of those behind that have a file of
their terms, it lists so many."""


def more_numbers(node: Expr, count: int) -> bool:
    """Whether an expression reads more numbers from tensors than so many."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Cell):
            count -= 1
            if count < 0:
                return True
        elif not isinstance(node, Num):
            waiting.extend(below(node))
    return False


@dataclass
class Shortener:
    """Takes long reductions out of workings, as S₁, S₂, … in the order of one element's working."""

    printer: Printer
    decimals: int
    tables: Callable[[Listed, int], tuple[TermTable, ...]] = lambda _listed, _number: ()
    """All terms of the so-manieth reduction, where the page does not list them all."""
    sums: list[LongSum] = field(default_factory=list)

    def substitution(self, node: Expr) -> tuple[str, tuple[LongSum, ...]]:
        """LaTeX of the working, and the long sums that it refers to."""
        before = len(self.sums)
        if more_numbers(node, TYPESET):
            node = self._shortened(node)
        printer = Printer(
            {**self.printer.symbols, **{s.symbol: s.symbol for s in self.sums}},
            self.printer.decimals,
        )
        return printer.latex(node), tuple(self.sums[before:])

    def _shortened(self, node: Expr) -> Expr:
        if isinstance(node, Listed) and more_numbers(node, TYPESET // 2):
            within = Contents.of(node).listed[1:]
            nested = any(len(inner.entries) > TYPESET // 2 for inner in within)
            if not nested or len(node.entries) > TYPESET // 2:
                return self._named(node)
        return _rebuilt(node, [self._shortened(child) for child in below(node)])

    def _named(self, node: Listed) -> Expr:
        symbol = f"S_{{{len(self.sums) + 1}}}"
        tables = self.tables(node, len(self.sums) + 1) if node.omitted else ()
        shown = node.entries[:FEW] if tables and len(self.sums) >= WHOLE else node.entries
        left = len(node.entries) - len(shown) + node.omitted
        groups = list(self._groups(replace(node, entries=shown)))
        if left and groups and len(node.axes) > 1:
            groups[-1] = replace(groups[-1], cut=True)
        listed = math.fsum(entry.value for entry in shown)
        self.sums.append(
            LongSum(
                symbol=symbol,
                kind=node.kind,
                axes=node.axes,
                groups=tuple(groups),
                count=len(node.entries) + node.omitted,
                omitted=left,
                value=node.value,
                rest=node.value - listed if left and node.kind == "sum" else None,
                tables=tables,
            )
        )
        return Read(symbol, ())

    def _groups(self, node: Listed) -> Iterator[TermGroup]:
        def leading(entry: Entry) -> tuple[int, ...]:
            return entry.at[:-1] if len(node.axes) > 1 else ()

        for key, entries in groupby(node.entries, leading):
            terms = tuple(
                Term(_index(node.axes, e.at), plain(e.item, self.decimals), e.value)
                for e in entries
            )
            yield TermGroup(_index(node.axes, key), terms, _subtotal(node.kind, terms))


def _subtotal(kind: str, terms: tuple[Term, ...]) -> float:
    values = [t.value for t in terms]
    if kind == "prod":
        result = 1.0
        for value in values:
            result *= value
        return result
    if kind in {"max", "argmax"}:
        return max(values)
    return min(values) if kind in {"min", "argmin"} else sum(values)


def _index(axes: tuple[str, ...], at: tuple[int, ...]) -> str:
    return ", ".join(f"{axis} = {index}" for axis, index in zip(axes, at, strict=False))


def _rebuilt(node: Expr, parts: list[Expr]) -> Expr:
    match node:
        case Add():
            return Add(tuple(parts))
        case Mul():
            return Mul(tuple(parts))
        case Extreme():
            return Extreme(node.kind, tuple(parts))
        case Neg():
            return Neg(parts[0])
        case Apply():
            return Apply(node.function, parts[0])
        case Div():
            return Div(parts[0], parts[1])
        case Pow():
            return Pow(parts[0], parts[1])
        case Listed():
            entries = tuple(
                replace(entry, item=part) for entry, part in zip(node.entries, parts, strict=True)
            )
            return replace(node, entries=entries)
        case _:
            return node

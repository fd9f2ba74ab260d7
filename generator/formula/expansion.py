"""One element worked out: the tree with the numbers of the run in place of its symbols.

The expansion computes with Python's own floats, one number at a time, and shares nothing with the
vectorised evaluator but the tree, so each is a check on the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from generator.formula.tree import Expr, Num, Reduce, Reduction
from generator.formula.walk import children


@dataclass(frozen=True, slots=True)
class Cell(Expr):
    """A number read from a tensor or a stage, and where from."""

    tensor: str
    index: tuple[int, ...]
    value: float
    padded: bool = False
    """Whether the read lay outside of the tensor, so that its declared outside gave the value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One term of a reduction: the indices' values, the term with its numbers, and its value."""

    at: tuple[int, ...]
    item: Expr
    value: float


@dataclass(frozen=True, slots=True)
class Listed(Expr):
    """A reduction written out term by term; terms that its condition leaves out are not there."""

    kind: Reduction
    axes: tuple[str, ...]
    entries: tuple[Entry, ...]
    value: float
    omitted: int = 0
    """Terms that are not listed because there are too many; the value has them all."""
    cut: Reduce | None = None
    """The reduction itself where terms are omitted."""
    around: tuple[tuple[str, int], ...] = ()
    """The indices around it, by name."""


@dataclass
class Contents:
    """What an expression with numbers is made of, in the order of the formula."""

    cells: list[Cell] = field(default_factory=list)
    """Every number read from a tensor."""
    alone: list[Cell] = field(default_factory=list)
    """Those outside of any reduction of more than one term."""
    reduced: list[Cell] = field(default_factory=list)
    """Those within one."""
    listed: list[Listed] = field(default_factory=list)
    """Every reduction written out, outer ones first."""

    @classmethod
    def of(cls, node: Expr) -> Contents:
        """What this expression is made of."""
        found = cls()
        found._add(node, alone=True)
        return found

    def _add(self, node: Expr, *, alone: bool) -> None:
        if isinstance(node, Cell):
            self.cells.append(node)
            (self.alone if alone else self.reduced).append(node)
        elif isinstance(node, Listed):
            self.listed.append(node)
            only = len(node.entries) == 1 and not node.omitted
            for entry in node.entries:
                self._add(entry.item, alone=alone and only)
        elif not isinstance(node, Num):
            for child in below(node):
                self._add(child, alone=alone)


@dataclass(frozen=True)
class StageWorking:
    """One element of a stage that the working read, worked out itself."""

    name: str
    index: tuple[int, ...]
    body: Expr
    value: float

    @cached_property
    def contents(self) -> Contents:
        """What the body is made of."""
        return Contents.of(self.body)


@dataclass(frozen=True)
class Working:
    """An element worked out: its expression with numbers, its value, and the stages it read."""

    element: tuple[int, ...]
    body: Expr
    value: float
    stages: tuple[StageWorking, ...]
    """In an order in which each reads only earlier ones; a few elements of each stage."""
    hidden: tuple[tuple[str, int], ...] = ()
    """Stages of which more elements were read than `stages` has, and how many more."""
    decided: tuple[Cell, ...] = ()
    """Numbers that a condition or an index depended on: the x of `x > 0`, the t of `W[t]`."""

    @cached_property
    def contents(self) -> Contents:
        """What the body is made of, without the stages' bodies."""
        return Contents.of(self.body)

    def cells(self) -> Iterator[Cell]:
        """Every number that the body and the stages' bodies read from a tensor."""
        yield from self.contents.cells
        for stage in self.stages:
            yield from stage.contents.cells


def below(node: Expr) -> tuple[Expr, ...]:
    """The nodes below one of a worked tree, which has neither conditions nor ranges."""
    if isinstance(node, Listed):
        return tuple(e.item for e in node.entries)
    return cast("tuple[Expr, ...]", children(node))

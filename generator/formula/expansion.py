"""One element worked out: the tree with the numbers of the run in place of its symbols.

The expansion computes with Python's own floats, one number at a time, and shares nothing with the
vectorised evaluator but the tree, so each is a check on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.formula.tree import Expr, Reduce, Reduction


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


@dataclass(frozen=True, slots=True)
class StageWorking:
    """One element of a stage that the working read, worked out itself."""

    name: str
    index: tuple[int, ...]
    body: Expr
    value: float


@dataclass(frozen=True, slots=True)
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

"""Tensors side by side along an axis: which of them holds a position, and where.

Of many tensors each definition by cases has a few, and the cases are grouped: no definition is
longer than `FEW`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.build import cases, equal
from generator.formula.tree import Cond, Expr, Num, Stage, Sym, Tensor, Var

FEW = 8
"""Cases that a definition has at most."""


@dataclass(frozen=True)
class Piece:
    """One of the tensors."""

    value: Expr
    """Its element at the position at hand."""
    end: Expr
    """The first position behind it."""


@dataclass(frozen=True)
class Whole:
    """All of them as one quantity, with its indices and lengths."""

    indices: tuple[Var, ...]
    sizes: tuple[Expr, ...]
    along: Var
    """The index that tells which piece it is."""
    single: bool = False
    """Whether each piece has a length of 1, as slices have that are stacked."""


def joined(whole: Whole, pieces: Sequence[Piece], what: str) -> tuple[Expr, tuple[Stage, ...]]:
    """The element at the whole's indices; `what` they are, for the reader: `operands`."""
    stages: list[Stage] = []
    level, first = list(pieces), list(range(len(pieces)))
    single = whole.single
    while len(level) > FEW:
        grouped: list[Piece] = []
        for start in range(0, len(level), FEW):
            group = level[start : start + FEW]
            last = [*first, len(pieces)][start + len(group)] - 1
            name = f"part {len(stages)}"
            meaning = f"{what} {first[start]} to {last}, side by side"
            part = Tensor(name, f"p^{{({len(stages)})}}", whole.sizes, meaning, "stage")
            stages.append(Stage(part, whole.indices, _chosen(whole, group, start, single=single)))
            grouped.append(Piece(part[whole.indices], group[-1].end))
        level, first = grouped, first[::FEW]
        single = False
    return _chosen(whole, level, 0, single=single), tuple(stages)


def _chosen(whole: Whole, pieces: Sequence[Piece], start: int, *, single: bool) -> Expr:
    """The piece that holds the position, of those that begin with piece `start`."""
    *rest, last = pieces

    def here(k: int, piece: Piece) -> Cond:
        return equal(whole.along, start + k) if single else whole.along < piece.end

    branches = [(here(k, piece), piece.value) for k, piece in enumerate(rest)]
    return cases(*branches, otherwise=last.value) if branches else last.value


def held(start: int, width: int, along: int) -> str:
    """What a part of a tensor has in it: `positions 24 to 47 of the input along axis 2`."""
    if not width:
        return "empty"
    where = f"positions {start} to {start + width - 1}" if width > 1 else f"position {start}"
    return f"{where} of the input along axis {along}"


def offsets(
    lengths: Sequence[int], letter: str = "o", what: str = "tensor"
) -> tuple[list[Expr], dict[str, int]]:
    """Where each of the tensors begins, as symbols, and their numbers; the first begins at 0."""
    found: list[Expr] = [Num(0)]
    numbers: dict[str, int] = {}
    place = 0
    for k, length in enumerate(lengths[:-1], start=1):
        place += length
        symbol = Sym(f"{letter}_{k}", f"{letter}_{{{k}}}", f"where {what} {k} begins")
        numbers[symbol.name] = place
        found.append(symbol)
    return found, numbers

"""Many entries of one level in sections: consecutive ones, in their order, named by their ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 20
"""Entries of one level, and of one section."""
_RUN = 3
"""Entries of one family that are worth a section."""
FUNCTIONS = "functional steps"
"""The family of what is no module."""

_ITEM = re.compile(r"(.*?)\.?\d+")


@dataclass(frozen=True)
class Group(Generic[T]):
    """Consecutive entries, or groups of them."""

    entries: tuple[T | Group[T], ...]

    def leaves(self) -> Iterator[T]:
        """The entries themselves, in their order."""
        for entry in self.entries:
            if isinstance(entry, Group):
                yield from entry.leaves()
            else:
                yield entry

    def ends(self) -> tuple[T, T]:
        """Its first and its last entry."""
        leaves = list(self.leaves())
        return leaves[0], leaves[-1]


def family(name: str, *, function: bool) -> str | None:
    """What an entry has in common with its neighbours: functional steps, items of one list.

    `name` is its name within its container, `h.3`; None where it stands alone.
    """
    if function:
        return FUNCTIONS
    found = _ITEM.fullmatch(name)
    return None if found is None else f"items of {found[1]}"


def grouped(
    entries: Iterable[T], family_of: Callable[[T], Hashable | None], most: int = MOST
) -> list[T | Group[T]]:
    """The entries of a level, of more than `most` some in groups of at most as many.

    Runs of one family become groups until the level is short enough, the longest first, where
    functional steps count double; where that does not do, whatever follows on each other does.
    """
    runs = [(key, list(run)) for key, run in groupby(entries, family_of)]
    length = sum(len(run) for _, run in runs)
    folded: set[int] = set()

    def saved(k: int) -> int:
        return len(runs[k][1]) * (2 if runs[k][0] == FUNCTIONS else 1)

    for k in sorted(range(len(runs)), key=saved, reverse=True):
        key, run = runs[k]
        if length > most and key is not None and len(run) >= _RUN:
            folded.add(k)
            length += -(-len(run) // most) - len(run)
    found: list[T | Group[T]] = []
    for k, (_, run) in enumerate(runs):
        found.extend(_cut(run, most) if k in folded else run)
    while len(found) > most:
        found = [*_cut(found, most)]
    return found


def _cut(entries: Sequence[T | Group[T]], most: int) -> Iterator[Group[T]]:
    """The entries in as few groups as hold them, all about as long."""
    number = -(-len(entries) // most)
    ends = [round(k * len(entries) / number) for k in range(number + 1)]
    for start, end in pairwise(ends):
        yield Group(tuple(entries[start:end]))

"""What an index along an axis counts: kinds that are shared, found to be the same, merged, split.

An axis has one kind and a length, or several where they were merged, as `flatten` does; where a
kind is split, its parts are kinds of their own, and put together again they are the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, takewhile
from math import prod

from generator.layers.reshape import spans

GENERAL, PARTICULAR = "feature", "class"
"""A name that gives way to one that says more."""


@dataclass(eq=False)
class Kind:
    """What an index counts."""

    name: str = ""
    whole: Kind | None = None
    """What it was split off."""
    same: Kind | None = None
    """What has turned out to be the same."""
    parts: dict[tuple[int, int], tuple[Kind, Kind]] = field(default_factory=dict)
    """What it was split into, by the lengths."""

    def root(self) -> Kind:
        """Of all that are the same, the one that has the name."""
        found = self
        while found.same is not None:
            found = found.same
        return found

    def call(self, name: str) -> None:
        """Give it a name, if it has none that says as much."""
        own = self.root()
        if name and (not own.name or (own.name == GENERAL and name == PARTICULAR)):
            own.name = name

    def split(self, first: int, last: int) -> tuple[Kind, Kind]:
        """Two kinds, of which the last runs faster."""
        own = self.root()
        return own.parts.setdefault((first, last), (Kind(whole=own), Kind(whole=own)))


Factor = tuple[Kind, int]
Axis = tuple[Factor, ...]
Axes = tuple[Axis, ...]


def new(shape: Iterable[int]) -> Axes:
    """Axes of which nothing is known."""
    return tuple(((Kind(), length),) for length in shape)


def length(axis: Axis) -> int:
    """How many positions it has."""
    return prod(own for _, own in axis)


def core(axis: Axis) -> Axis:
    """What it counts, without axes of length 1 that were merged with it."""
    return tuple(factor for factor in axis if factor[1] != 1) or axis


def name(axis: Axis) -> str:
    """`batch`, or `batch·position` where both were merged; '' where a part has no name."""
    names = [kind.root().name for kind, _ in core(axis)]
    return "·".join(names) if all(names) else ""


def join(first: Axis, other: Axis, tensors: Sequence[Axes]) -> None:
    """Make one of the kinds of two axes at one index, unless that contradicts what is known.

    They stay two where they have different names, and where one of the tensors has both.
    """
    first, other = core(first), core(other)
    if len(first) != len(other) or (len(first) > 1 and _lengths(first) != _lengths(other)):
        return
    for (one, _), (two, _) in zip(first, other, strict=True):
        kept, left = one.root(), two.root()
        known = {kept.name, left.name} - {""}
        if kept is left or len(known) > 1 or any(_apart(t, kept, left) for t in tensors):
            continue
        kept.name = kept.name or left.name
        kept.parts.update(left.parts)
        left.same = kept


def regrouped(before: Axes, after: Sequence[int], *, merges: bool = True) -> Axes:
    """The axes of the shape `after`, with the same values in the same order.

    Where the call does not merge and split axes, one of length 1 is gone or new.
    """
    found: list[Axis] = []
    for (i, j), (m, n) in spans(tuple(map(length, before)), tuple(after)):
        if m - i == n - j == 1:
            found.append(before[i])
        else:
            factors = chain.from_iterable(before[i:m])
            found += _counted_off(
                factors if merges else (f for f in factors if f[1] != 1), after[j:n]
            )
    return tuple(found)


def _counted_off(factors: Iterable[Factor], lengths: Sequence[int]) -> Iterator[Axis]:
    factors = list(factors)
    ones, left = _leading_ones(factors), [factor for factor in factors if factor[1] != 1]
    wanted_ones = sum(1 for _ in takewhile(lambda n: n == 1, lengths))
    if len(ones) == wanted_ones:
        yield from ((one,) for one in ones)
        lengths = lengths[wanted_ones:]
    if wanted_ones:
        ones = []
    if 0 in lengths:
        left = []
    for wanted in lengths:
        taken: list[Factor] = []
        need = wanted
        while need > 1 and left:
            kind, own = left.pop(0)
            if need % own == 0:
                taken.append((kind, own))
                need //= own
            elif own % need == 0:
                first, rest = kind.split(need, own // need)
                taken.append((first, need))
                left.insert(0, (rest, own // need))
                need = 1
            else:  # the cut goes through both
                left = []
        if taken and need == 1:
            yield (*ones, *_together(taken))
            ones = []
        else:
            yield ((Kind(), wanted),)


def _leading_ones(factors: Sequence[Factor]) -> list[Factor]:
    """Those of length 1 before a longer one: a batch of one sample that is merged with positions.

    Where they are merged and split again, they are what they were, as one of two samples is.
    """
    found = list(takewhile(lambda factor: factor[1] == 1, factors))
    return found if len(found) < len(factors) else []


def _together(factors: Sequence[Factor]) -> Axis:
    """The factors, with the whole in place of its parts side by side."""
    found: list[Factor] = []
    for factor in factors:
        found.append(factor)
        while len(found) > 1 and (whole := _whole(*found[-2:])) is not None:
            found[-2:] = [whole]
    return tuple(found)


def _whole(first: Factor, last: Factor) -> Factor | None:
    for whole in (first[0].whole, last[0].whole):
        parts = None if whole is None else whole.root().parts.get((first[1], last[1]))
        side_by_side = [first[0].root(), last[0].root()]
        if whole is not None and parts and [part.root() for part in parts] == side_by_side:
            return whole, first[1] * last[1]
    return None


def _lengths(axis: Axis) -> list[int]:
    return [own for _, own in axis]


def _apart(axes: Axes, first: Kind, other: Kind) -> bool:
    """Whether a tensor has both kinds, along different axes."""
    found = [{kind.root() for kind, _ in axis} for axis in axes]
    return any(first in one for one in found) and any(other in one for one in found)

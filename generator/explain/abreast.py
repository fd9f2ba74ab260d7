"""Wide ranks of a diagram: what stands side by side and is alike becomes one box."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from generator.explain.boxes import what
from generator.explain.folding import Run

MOST_ABREAST = 4
"""Boxes of one rank from which on those of one type are folded, and then any."""


def narrowed(runs: Sequence[Run], arrows: Iterable[tuple[int, int]]) -> list[Run]:
    """The runs with ranks of many made shorter; arrows are pairs of their positions.

    A rank is the length of the longest way to a box, so that none of a rank leads to another.
    """
    ranks = _ranks(len(runs), arrows)
    stretches = _stretches(runs)
    found: dict[int, Run] = dict(enumerate(runs))
    for rank in sorted(set(ranks)):
        own = [k for k, r in enumerate(ranks) if r == rank]
        for same in _alike(own, lambda k: (stretches[k], _type(runs[k]))):
            if len(own) > MOST_ABREAST and len(same) > 1:
                own = _fold(found, own, same, times=len(same))
        for same in _alike(own, lambda k: stretches[k]):
            spare = len(own) - MOST_ABREAST
            if spare > 0 and len(same) > 1:
                own = _fold(found, own, same[-spare - 1 :], times=1)
    return [found[k] for k in sorted(found)]


def _fold(found: dict[int, Run], own: Sequence[int], some: Sequence[int], times: int) -> list[int]:
    """Put the first of some in place of all of them; the rank without the others."""
    calls = tuple(call for k in some for call in found[k].calls)
    found[some[0]] = Run(calls, times, found[some[0]].around)
    for k in some[1:]:
        del found[k]
    return [k for k in own if k in found]


def _alike(own: Sequence[int], key: Callable[[int], Hashable]) -> list[list[int]]:
    """The positions that share a key, most of them first."""
    kinds: dict[Hashable, list[int]] = {}
    for k in own:
        kinds.setdefault(key(k), []).append(k)
    return sorted(kinds.values(), key=len, reverse=True)


def _type(run: Run) -> Hashable:
    """What a single call is; of several together, what no other is."""
    call = run.calls[0]
    return (what(call), call.step is None) if len(run.calls) == 1 else id(run)


def _stretches(runs: Sequence[Run]) -> list[int]:
    """Numbers that runs share between which no frame begins or ends.

    A box of runs from both sides of a frame could lead to it and come from it.
    """
    numbers = [0] * len(runs)
    for k in range(1, len(runs)):
        same = list(map(id, runs[k].around)) == list(map(id, runs[k - 1].around))
        numbers[k] = numbers[k - 1] + (not same)
    return numbers


def _ranks(count: int, arrows: Iterable[tuple[int, int]]) -> list[int]:
    """How long the longest way to each box is; arrows lead from earlier boxes to later ones."""
    ranks = [0] * count
    for source, target in sorted(arrows, key=lambda pair: pair[1]):
        ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks

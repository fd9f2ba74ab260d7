"""The frames of a diagram: around the parts of each container that is opened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.explain.folding import Run
from generator.explain.nesting import Call

_DEEPEST = 2
"""Frames within each other."""


@dataclass
class Opened:
    """A container, the runs in it by their position, and the frame around it."""

    call: Call
    runs: list[int]
    inside: int | None


def opened(runs: Sequence[Run]) -> list[Opened]:
    """A frame for each opened container of two parts and more, outer ones first.

    Of containers that hold the same parts the outermost has it.
    """
    members: dict[int, Opened] = {}
    for number, run in enumerate(runs):
        for call in run.around:
            members.setdefault(id(call), Opened(call, [], None)).runs.append(number)
    found: list[Opened] = []
    place: dict[int, int | None] = {}
    for key, one in members.items():
        around = runs[one.runs[0]].around
        depth = next(k for k, call in enumerate(around) if id(call) == key)
        above = place[id(around[depth - 1])] if depth else None
        one.inside = above
        deep = _depth(found, above)
        if (
            len(one.runs) < 2
            or deep == _DEEPEST
            or (above is not None and found[above].runs == one.runs)
        ):
            place[key] = above
            continue
        place[key] = len(found)
        found.append(one)
    return found


def _depth(found: Sequence[Opened], above: int | None) -> int:
    depth = 0
    while above is not None:
        depth, above = depth + 1, found[above].inside
    return depth

"""The arrows of a diagram, with those that pass by other boxes on a longer way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generator.explanation import Arrow


def arrows(pairs: Sequence[tuple[int, int]], count: int) -> Iterable[Arrow]:
    """The arrows, with those marked that pass by other boxes on a longer way."""
    ways: dict[int, list[int]] = {}
    for source, target in pairs:
        ways.setdefault(source, []).append(target)
    reached: list[set[int]] = [set() for _ in range(count)]
    for box in _last_first(ways, count):
        for target in ways.get(box, ()):
            reached[box] |= {target} | reached[target]
    for source, target in pairs:
        yield Arrow(source, target, any(target in reached[o] for o in ways[source] if o != target))


def _last_first(ways: dict[int, list[int]], count: int) -> list[int]:
    """The boxes in an order in which each comes after all that it leads to."""
    seen: dict[int, None] = {}

    def visit(box: int) -> None:
        if box in seen:
            return
        for target in ways.get(box, ()):
            visit(target)
        seen[box] = None

    for box in range(count):
        visit(box)
    return list(seen)

"""What the list of models and the navigation say of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from generator.explanation import Entry, FailedModel, ModelPages, ModelSummary, Part
from generator.sections import Group, family, grouped

BY_TYPE = "By type and size"

_Member = tuple[Entry, str | None]
"""An entry with the family that it belongs to."""


def summarise(model: ModelPages, order: int | None, *, live: bool = False) -> ModelSummary:
    """What the list of models says of this one."""
    return ModelSummary(
        name=model.name,
        title=model.title,
        summary=model.summary,
        page=model.page,
        type=model.type,
        error=None,
        layers=len({step.page for step in model.steps}),
        parameters=model.parameters,
        multiply_adds=model.multiply_adds,
        counts=model.counts,
        order=order,
        pages=tuple(_contents(model)),
        live=live,
    )


def summarise_failed(failed: FailedModel, order: int | None) -> ModelSummary:
    """What the list of models says of one that has no layers' pages."""
    return ModelSummary(
        name=failed.name,
        title=failed.title,
        summary=failed.summary,
        page=failed.page,
        type="",
        error=failed.error,
        layers=0,
        parameters=0,
        multiply_adds=0,
        counts=(),
        order=order,
        pages=(),
    )


def _contents(model: ModelPages) -> Iterator[Entry]:
    """What is below the model's page: its parts, and behind them the list by type."""
    yield from _entries(model.parts, 0, "")
    if model.catalogue is not None:
        yield Entry(BY_TYPE, model.catalogue.page)


def in_sections(level: Iterable[_Member]) -> tuple[Entry, ...]:
    """The entries of one level; many are in sections, named by the first and the last."""
    return tuple(map(_section, grouped(level, lambda member: member[1])))


def _section(found: _Member | Group[_Member]) -> Entry:
    if not isinstance(found, Group):
        return found[0]
    (first, _), (last, _) = found.ends()
    return Entry(f"{first.title} – {last.title}", "", tuple(map(_section, found.entries)))


def _entries(parts: Sequence[Part], depth: int, above: str) -> tuple[Entry, ...]:
    """The parts at this depth as the navigation has them, each with those below it.

    `above` is the name of the container that they are in.
    """
    return in_sections(_member(*own, above=above) for own in _level(parts, depth))


def _member(part: Part, *inside: Part, above: str) -> _Member:
    name = _name(part, above)
    below = _entries(inside, part.depth + 1, part.link.title)
    return Entry(name, part.link.page, below), family(name, function=part.function)


def _level(parts: Sequence[Part], depth: int) -> Iterator[Sequence[Part]]:
    """Each part at this depth, with those below it."""
    starts = [k for k, part in enumerate(parts) if part.depth == depth]
    for start, end in pairwise([*starts, len(parts)]):
        # a further call stands on the layer's page
        if "#" not in parts[start].link.page:
            yield parts[start:end]


def _name(part: Part, above: str) -> str:
    """Its name within the container; in full where it belongs to another one."""
    return part.link.title.removeprefix(f"{above}.") if above else part.link.title

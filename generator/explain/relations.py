"""Which layers belong together: of one type, in the same place of sibling blocks; the largest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from generator.capture.records import parameters
from generator.explain.context import Context, type_title
from generator.explanation import (
    Catalogue,
    ContainerPage,
    Link,
    NameFamily,
    Ranked,
    Relations,
    Siblings,
    StepPage,
    TypeOfLayer,
)

MOST_RANKED = 20
_MOST_SIBLINGS = 3
"""Lists of blocks, one within the other, of which a page names its siblings."""
_NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")
_NUMBERED_FUNCTION = re.compile(r"(?<=_)\d+$")


@dataclass(frozen=True)
class _Same:
    """The same layer in each block of a list, in the order of the run."""

    links: Sequence[Link]
    places: Mapping[str, int]
    """Which one a block is."""


_Members = Mapping[tuple[str, str, str], _Same]
"""By what comes before and behind the block's number, and the type."""


def related(
    context: Context, pages: Sequence[StepPage]
) -> tuple[tuple[StepPage, ...], Catalogue | None]:
    """The pages with what each has to do with others, and the list of all by type and size."""
    first = [page for page in pages if page.call == 0]
    if not first:
        return tuple(pages), None
    of_type: dict[str, list[StepPage]] = {}
    for page in first:
        of_type.setdefault(type_title(page.type), []).append(page)
    members = _members((page.step, page.type, page.page) for page in first)
    found: dict[str, Relations] = {}
    for number, (title, same) in enumerate(of_type.items(), 1):
        links = [None, *map(_link, same), None]
        for place, page in enumerate(same, 1):
            found[page.page] = Relations(
                type=title,
                place=place,
                count=len(same),
                previous=links[place - 1],
                next=links[place + 1],
                listed=Link(title, "", f"{context.paths.by_type}#{_id(number)}"),
                siblings=tuple(_siblings(page.step, page.type, members)),
            )
    catalogue = _catalogue(context, pages, of_type)
    return tuple(replace(p, related=found[p.page]) if p.call == 0 else p for p in pages), catalogue


def in_blocks(containers: Sequence[ContainerPage]) -> tuple[ContainerPage, ...]:
    """The containers with the same ones in sibling blocks."""
    members = _members((found.name, found.type, found.page) for found in containers)
    return tuple(
        replace(found, siblings=tuple(_siblings(found.name, found.type, members)))
        for found in containers
    )


def _id(number: int) -> str:
    return f"type-{number}"


def _link(page: StepPage) -> Link:
    return Link(page.step, page.title, page.page)


def _places(name: str) -> Iterator[tuple[str, str, str]]:
    """Each block around a name, with what comes before its number and behind it."""
    parts = name.split(".")
    for k, part in enumerate(parts[:-1]):
        if part.isdigit():
            block = ".".join(parts[max(0, k - 1) : k + 1])
            yield block, ".".join(parts[:k]), ".".join(parts[k + 1 :])


def _members(named: Iterable[tuple[str, str, str]]) -> _Members:
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for name, kind, page in named:
        for block, before, behind in _places(name):
            found.setdefault((before, behind, kind), {})[block] = page
    return {
        key: _Same([Link(b, "", p) for b, p in own.items()], {b: k for k, b in enumerate(own)})
        for key, own in found.items()
    }


def _siblings(name: str, kind: str, members: _Members) -> Iterator[Siblings]:
    found = [(block, members[before, behind, kind]) for block, before, behind in _places(name)]
    several = [(block, same) for block, same in found if len(same.links) > 1]
    for block, same in several[-_MOST_SIBLINGS:]:
        place, end = same.places[block], len(same.links) - 1
        yield Siblings(
            block=block,
            count=len(same.links),
            first=same.links[0] if place > 1 else None,
            previous=same.links[place - 1] if place > 0 else None,
            next=same.links[place + 1] if place < end else None,
            last=same.links[end] if place < end - 1 else None,
        )


def _catalogue(
    context: Context, pages: Sequence[StepPage], of_type: Mapping[str, Sequence[StepPage]]
) -> Catalogue:
    read = _parameters(context, pages)
    added: dict[str, int] = {}
    for page in pages:
        added[page.page] = added.get(page.page, 0) + page.multiply_adds
    whole = sum(v.data.numel() for v in context.recording.parameters.values())
    first = [page for page in pages if page.call == 0]
    return Catalogue(
        page=context.paths.by_type,
        by_parameters=_ranked(first, read, whole),
        by_multiply_adds=_ranked(first, added, sum(added.values())),
        types=tuple(
            TypeOfLayer(
                id=_id(number),
                title=title,
                spelled=tuple(dict.fromkeys(page.type for page in same)),
                count=len(same),
                parameters=sum(read[page.page] for page in same),
                multiply_adds=sum(added[page.page] for page in same),
                families=tuple(_families(same)),
            )
            for number, (title, same) in enumerate(of_type.items(), 1)
        ),
    )


def _parameters(context: Context, pages: Sequence[StepPage]) -> dict[str, int]:
    """How many elements of parameters are read on each page, a parameter once."""
    found: dict[str, dict[int, int]] = {}
    for step, page in zip(context.recording.steps, pages, strict=True):
        own = {key: value.data.numel() for key, value in parameters(step).items()}
        found.setdefault(page.page, {}).update(own)
    return {page: sum(own.values()) for page, own in found.items()}


def _ranked(
    pages: Sequence[StepPage], numbers: Mapping[str, int], whole: int
) -> tuple[Ranked, ...]:
    alike: dict[tuple[str, int], list[StepPage]] = {}
    for page in pages:
        if numbers[page.page]:
            alike.setdefault((_pattern(page)[0], numbers[page.page]), []).append(page)
    largest = sorted(alike.items(), key=lambda found: -found[0][1])[:MOST_RANKED]
    return tuple(
        Ranked(_link(same[0]), number, len(same), number * len(same) / whole)
        for (_, number), same in largest
    )


def _pattern(page: StepPage) -> tuple[str, str]:
    """The name with `*` for its numbers, and these."""
    name, numbers = page.step, _NUMBER.findall(page.step)
    if page.kind == "function":
        numbers += _NUMBERED_FUNCTION.findall(name)
        name = _NUMBERED_FUNCTION.sub("*", name)
    said = ", ".join(numbers)
    return _NUMBER.sub("*", name), f"({said})" if len(numbers) > 1 else said


def _families(pages: Sequence[StepPage]) -> Iterator[NameFamily]:
    """The pages by their names without the numbers in them."""
    found: dict[str, list[Link]] = {}
    for page in pages:
        name, numbers = _pattern(page)
        found.setdefault(name, []).append(Link(numbers, page.step, page.page))
    for name, links in found.items():
        if len(links) > 1:
            yield NameFamily(name, tuple(links))
        else:
            yield NameFamily("", (Link(links[0].detail, "", links[0].page),))

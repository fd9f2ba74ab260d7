"""The table of a model's or a container's parts: to the depth at which it stays short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from generator.explanation import Link, Part, Status
from generator.render import words
from generator.sections import Group, family, grouped

MOST_ROWS = 60
"""Rows of a table of parts; a container's page has those that are left out."""

_ORDER: tuple[Status, ...] = ("verified", "mismatch", "unexplained", "given")


@dataclass(frozen=True)
class Row:
    """A part, or consecutive parts of one container in one line."""

    link: Link
    last: Link | None
    """The last of several; `link` is the first."""
    part: Part
    """Of several: what they come to, from the input of the first to the output of the last."""
    fold: str = ""
    """The id of the fold that lists them on the same page; '' for none."""


@dataclass(frozen=True)
class Fold:
    """Consecutive parts that stand below the table, folded."""

    id: str
    first: Link
    last: Link
    detail: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Outline:
    """The rows of the table, and what it does not list one by one although it is direct below."""

    rows: tuple[Row, ...]
    folds: tuple[Fold, ...]
    complete: bool
    """Whether the table lists everything, however deep."""


def difference(parts: Sequence[Part], parameters: int, unread: int) -> str:
    """Why the rows' parameters do not add up to the total; '' where they do."""
    rows = sum(part.parameters for part in parts if part.depth == 0)
    said = []
    if unread:
        said.append(
            f"{words.count(unread)} of the {words.counted(parameters, 'parameter')} "
            f"{'is' if unread == 1 else 'are'} in no row: no step read {_them(unread)}."
        )
    again = rows + unread - parameters
    if again > 0:
        said.append(
            f"The rows count {words.counted(again, 'parameter')} again that an earlier row has; "
            f"the total has {_them(again)} once."
        )
    return " ".join(said)


def _them(number: int) -> str:
    return "it" if number == 1 else "them"


@dataclass(frozen=True, eq=False)
class _Node:
    part: Part
    below: tuple[_Node, ...]


_Level = Sequence["_Node | Group[_Node]"]


def outline(parts: Sequence[Part], most: int = MOST_ROWS) -> Outline:
    """The parts, given with all that lies below each, as a table of about `most` rows."""
    tree = list(_nodes(parts, 0))
    own: _Level = tree if len(tree) <= most else _grouped(tree)
    shown = _shown(own, most)
    rows = tuple(_rows(own, shown, 0, folds=True))
    listed = sum(row.last is None for row in rows)
    return Outline(rows, tuple(_folds(own)), complete=listed == len(parts))


def _nodes(parts: Sequence[Part], depth: int) -> Iterator[_Node]:
    starts = [k for k, part in enumerate(parts) if part.depth == depth]
    for start, end in pairwise([*starts, len(parts)]):
        yield _Node(parts[start], tuple(_nodes(parts[start + 1 : end], depth + 1)))


def _grouped(nodes: Iterable[_Node]) -> _Level:
    return grouped(nodes, lambda n: family(n.part.link.title, function=n.part.function))


def _shown(own: _Level, most: int) -> dict[_Node, _Level]:
    """What is listed below which node: level by level, as long as there is room for a whole one."""
    shown: dict[_Node, _Level] = {}
    count, level = len(own), own
    while inner := [n for n in level if isinstance(n, _Node) and n.below]:
        plain: dict[_Node, _Level] = {node: node.below for node in inner}
        short: dict[_Node, _Level] = {node: _grouped(node.below) for node in inner}
        for wanted in (plain, short):
            more = sum(map(len, wanted.values()))
            if count + more <= most:
                break
        else:
            break
        shown.update(wanted)
        count += more
        level = [entry for entries in wanted.values() for entry in entries]
    return shown


def _rows(
    level: _Level, shown: dict[_Node, _Level], depth: int, *, folds: bool = False
) -> Iterator[Row]:
    number = 0
    for entry in level:
        if isinstance(entry, _Node):
            yield Row(entry.part.link, None, replace(entry.part, depth=depth))
            yield from _rows(shown.get(entry, ()), shown, depth + 1)
            continue
        number += 1
        first, last = (node.part.link for node in entry.ends())
        sums = _sum([node.part for node in entry.leaves()], depth)
        yield Row(first, last, sums, _id(number) if folds else "")


def _folds(own: _Level) -> Iterator[Fold]:
    groups = [entry for entry in own if isinstance(entry, Group)]
    for number, group in enumerate(groups, 1):
        leaves = [node.part for node in group.leaves()]
        rows = tuple(Row(part.link, None, replace(part, depth=0)) for part in leaves)
        yield Fold(_id(number), leaves[0].link, leaves[-1].link, _detail(leaves), rows)


def _id(number: int) -> str:
    return f"parts-{number}"


def _sum(parts: Sequence[Part], depth: int) -> Part:
    found: Counter[Status] = Counter()
    for part in parts:
        found.update(dict(part.counts))
    return replace(
        parts[0],
        link=replace(parts[0].link, detail=_detail(parts)),
        kind="container",
        output_shape=parts[-1].output_shape,
        parameters=sum(part.parameters for part in parts),
        multiply_adds=sum(part.multiply_adds for part in parts),
        counts=tuple((status, found[status]) for status in _ORDER if found[status]),
        depth=depth,
    )


def _detail(parts: Sequence[Part]) -> str:
    """How many they are, and of what type where it is one."""
    types = {part.link.detail for part in parts}
    if len(types) == 1:
        return f"{words.count(len(parts))} × {types.pop()}"
    return f"{words.count(len(parts))} parts"

"""Long pages in parts, as the chapters of a book: no page is longer than a browser shows at once.

A page is a stream of lines, each of Markdown or of HTML. Where it is too long it goes on on a next
page: from a section's heading if that goes, otherwise from one of its tables or folded elements, or
else between two lines. What is open there, such as a table, is closed and opened again.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from urllib.parse import unquote

from generator.render.escape import address

MOST = 180_000
"""Bytes of Markdown that a page has at most; in the built site that are below 300 KB of HTML."""
_LEAST = 0.5
"""The share of a page from which on a section's heading begins the next one."""

_TAG = re.compile(r"""<(/?)([a-zA-Z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""")
_VOID = {"br", "hr", "img", "wbr"}
_REPEATED = {"summary", "caption", "thead"}
"""What stands again at the top of an element that goes on."""
_HEADING = re.compile(r"(#{2,3}) (.*?)(?: \{ .*\})?")
_PART = re.compile(r"~part\d+\.md$")
_ID = re.compile(r'(?:^#.*\{ #| id=")([\w-]+)', re.MULTILINE)
_LINK = re.compile(r'href="([^"#]*)#([^"]+)"')


@dataclass(frozen=True)
class _Open:
    """An element that is open at the end of a line."""

    tag: str
    opening: str
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Place:
    """Where on the page a line stands: in which sections, within which elements."""

    headings: tuple[str, ...] = ()
    """Of the second and third level, as their lines have them."""
    opened: tuple[_Open, ...] = ()

    def behind(self, line: str) -> _Place:
        """The place of the next line."""
        if not self.opened:
            heading = _HEADING.fullmatch(line)
            if heading is not None:
                level = len(heading[1]) - 2
                return _Place((*self.headings[:level], heading[2]))
            if not line.startswith("<"):
                return self
        return replace(self, opened=_opened(self.opened, line))


def _opened(opened: tuple[_Open, ...], line: str) -> tuple[_Open, ...]:
    """The elements that are open behind the line."""
    stack, starts = list(opened), [0] * len(opened)
    for found in _TAG.finditer(line):
        closing, tag, rest = found.groups()
        if not closing:
            if tag not in _VOID and not rest.endswith("/"):
                stack.append(_Open(tag, found[0]))
                starts.append(found.start())
            continue
        if not stack or stack[-1].tag != tag:
            continue
        stack.pop()
        start = starts.pop()
        if tag in _REPEATED and stack:
            stack[-1] = replace(stack[-1], heads=(*stack[-1].heads, line[start : found.end()]))
    return tuple(stack)


@dataclass(frozen=True)
class _Part:
    """Consecutive lines of a page."""

    lines: tuple[str, ...]
    before: _Place
    """The place of its first line."""
    after: _Place

    @property
    def title(self) -> str:
        """The section with which it begins."""
        found = _HEADING.fullmatch(self.lines[0])
        if found is not None:
            return found[2]
        return f"{self.before.headings[-1]}, continued" if self.before.headings else "continued"

    def text(self) -> str:
        """Its lines as a page of their own, without a head."""
        return "\n".join([*_resumed(self.before, self.lines[0]), *self.lines, *_closed(self.after)])


def _resumed(place: _Place, line: str) -> Iterator[str]:
    """What stands again above a line that comes first on its page."""
    found = _HEADING.fullmatch(line)
    level = 3 if found is None else len(found[1])
    for depth, heading in enumerate(place.headings, 2):
        if found is None or depth < level:
            yield from (f"{'#' * depth} {heading}, continued {{ data-search-exclude }}", "")
    for opened in place.opened:
        yield (
            opened.opening.replace(">", " open>", 1) if opened.tag == "details" else opened.opening
        )
        yield from opened.heads


def _closed(place: _Place) -> Iterator[str]:
    yield from (f"</{opened.tag}>" for opened in reversed(place.opened))


def divided(pages: Mapping[str, str], most: int = MOST) -> dict[str, str]:
    """The pages by their path; those that are too long in parts, `conv.md` and `conv~part2.md`.

    No page's own name has a `~` followed by that word. Links to a place on a page lead to the part
    that has it. One line that is longer than `most` is a page by itself.
    """
    parts = {page: _parts(page, text, most) for page, text in pages.items()}
    found = {place: text for own in parts.values() for place, text in own.items()}
    moved = {
        (page, name): place
        for page, own in parts.items()
        for place, text in own.items()
        if place != page
        for name in _ID.findall(text)
    }
    if not moved:
        return found
    own_page = {place: page for page, own in parts.items() for place in own}
    return {place: _linked(place, own_page[place], text, moved) for place, text in found.items()}


def _linked(place: str, page: str, text: str, moved: Mapping[tuple[str, str], str]) -> str:
    """The text of a part with its links leading to where their places are now."""

    def led(link: re.Match[str]) -> str:
        path, name = link.groups()
        target = page
        if path:
            path = re.sub(r"\.html$", ".md", unquote(path))
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        now = moved.get((target, name), target)
        if target != page and now == target:
            return link[0]
        return f'href="{"" if now == place else address(now, place)}#{name}"'

    return _LINK.sub(led, text)


def _parts(page: str, text: str, most: int) -> dict[str, str]:
    """The page's parts by their path."""
    if len(text.encode()) <= most:
        return {page: text}
    head, lines = _head(text)
    head_size = len("\n".join(head).encode())
    parts = list(_cut(lines, most - 2 * head_size - 1000))
    places = [part_of(page, number) for number in range(1, len(parts) + 1)]
    return {place: _shown(head, parts, places, number) for number, place in enumerate(places)}


def part_of(page: str, number: int) -> str:
    """The path of a page's so-manieth part; the first is the page itself."""
    return page if number == 1 else f"{page.removesuffix('.md')}~part{number}.md"


def whole_page(place: str) -> str:
    """The page to which a part belongs; a page in one part is its own."""
    return _PART.sub(".md", place)


def _head(text: str) -> tuple[list[str], list[str]]:
    """The page's lines up to its title, and those behind."""
    lines = text.removesuffix("\n").split("\n")
    end = next(k for k, line in enumerate(lines) if line.startswith("# ")) + 1
    return lines[:end], lines[end:]


def _cut(lines: list[str], most: int) -> Iterator[_Part]:
    sizes = [0, *accumulate(len(line.encode()) + 1 for line in lines)]
    places = list(accumulate(lines, _Place.behind, initial=_Place()))
    start = 0
    while start < len(lines):
        again = sum(len(line.encode()) + 1 for line in _resumed(places[start], lines[start]))
        room = sizes[start] + most - again
        end = start + 1
        while end < len(lines) and sizes[end + 1] <= room:
            end += 1
        if end < len(lines):
            end = _end(lines, places, sizes, start, end)
        yield _Part(tuple(lines[start:end]), places[start], places[end])
        start = end


def _end(lines: list[str], places: list[_Place], sizes: list[int], start: int, end: int) -> int:
    """Where a part that has room up to `end` ends best."""
    enough = sizes[start] + _LEAST * (sizes[end] - sizes[start])
    possible = [k for k in range(end, start, -1) if sizes[k] >= enough]
    outside = [k for k in possible if not places[k].opened]
    headings = [k for k in outside if _HEADING.fullmatch(lines[k])]
    blocks = [k for k in outside if lines[k].startswith(("<h4", "<details"))]
    # not between a heading or an opening and what belongs to it
    within = [
        k
        for k in possible
        if len(places[k].opened) <= len(places[k - 1].opened)
        and not lines[k - 1].startswith(("<h4", "<summary", "<thead", "#"))
    ]
    return next((found[0] for found in (headings, blocks, within) if found), end)


def _shown(head: list[str], parts: list[_Part], places: list[str], number: int) -> str:
    """One part as a page, with the ways to the others."""
    total = len(parts)
    body = parts[number].text().strip("\n")
    if number == 0:
        trail, end, rest = body.partition("</nav>\n")
        if not end:
            trail, rest = "", body
        contents = _contents(parts, places)
        return "\n".join([*head, "", f"{trail}{end}{contents}{rest}", "", _ways(places, 0)]) + "\n"
    again = [_numbered(line, number + 1, total) for line in head]
    above = (
        f'<p class="lb-quiet">This is part {number + 1} of {total} of a long page. What is said to '
        "stand above may stand in a part before it.</p>"
    )
    ways = _ways(places, number, "Parts of this page")
    return "\n".join([*again, "", ways, above, "", body, "", _ways(places, number)]) + "\n"


def _numbered(line: str, number: int, total: int) -> str:
    """A line of a page's head, as a part of the page has it."""
    if line.startswith("title: "):
        return f'{line.removesuffix(chr(34))}, part {number}"'
    if line.startswith("  boost: "):
        return "  exclude: true"  # the search leads to the first part
    if line.startswith("# "):
        return f'{line} <small class="lb-type">part {number} of {total}</small>'
    return line


def _contents(parts: list[_Part], places: list[str]) -> str:
    """Where the first part says what the others have."""
    links = (
        f'<a href="{address(place, places[0])}">part {number}</a> from “{part.title}”'
        for number, (part, place) in enumerate(zip(parts[1:], places[1:], strict=True), 2)
    )
    return f'<p class="lb-quiet">This page is long and goes on: {", ".join(links)}.</p>\n'


def _ways(places: list[str], number: int, label: str = "Parts of this page, at its end") -> str:
    """Links to the part before and the part behind."""
    here = places[number]
    ways = []
    if number > 0:
        ways.append(f'<a href="{address(places[number - 1], here)}">← part {number}</a>')
    if number > 1:
        ways.append(f'<a href="{address(places[0], here)}">↑ part 1</a>')
    if number + 1 < len(places):
        ways.append(f'<a href="{address(places[number + 1], here)}">part {number + 2} →</a>')
    links = "\n".join(ways)
    return f'<nav class="lb-trail" aria-label="{label}" data-search-exclude>\n{links}\n</nav>'

"""Diagrams: boxes are a list of links, placed over the arrows, which are an inline SVG.

The list is what a screen reader and the keyboard get; with no style sheet it is a list as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from generator.explanation import Box, Diagram, Frame
from generator.render.escape import text
from generator.render.placement import Placement, Point, Rectangle, placed
from generator.render.words import counted, extent, series, times

_LINE, _LINES, _PADDING = 15, 2, 10
"""Height of a line of a box in pixels, how many it has without a note, and what is around them."""
_BOLD, _PLAIN, _STEP = 7.2, 6, 20
"""Width of a character of a box's first line and of the others, and in what steps boxes widen."""
_UNIT = 20
"""Pixels in a rem where the browser's text has its usual size: boxes grow with the text."""
_BREADTHS = (("wider", 620), ("wide", 354))
"""Pixels beyond which a diagram may be too wide for the page of a tablet, of a phone."""
_CORNER = 6.0
_HEAD = 3.5
_NAMED = 4
"""Boxes of a frame that are named to those who do not see it; of more, the first and the last."""

Href = Callable[[str], str]


def diagram(shown: Diagram, href: Href) -> Markup:
    """The diagram with its caption; `href` gives the address of a page."""
    heights = tuple(_LINE * (_LINES + bool(box.note)) + _PADDING for box in shown.boxes)
    arrows = tuple((arrow.source, arrow.target) for arrow in shown.arrows)
    outer = tuple(frame.inside for frame in shown.frames)
    where = placed(heights, arrows, max(map(_wanted, shown.boxes)), _around(shown), outer)
    order = _flow(len(heights), arrows)
    items = "".join(
        _frames_at(shown, number, order, where, href)
        + _box(shown, number, where.boxes[number], heights[number], href)
        for number in order
    )
    size = f"width:{_rem(where.width)};height:{_rem(where.height)};--box:{_rem(where.box)}"
    label = text(shown.title)
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<figure class="lb-net{_breadth(where.width)}" data-search-exclude>'
        f'<div class="lb-scroll" role="group" aria-label="{label}" tabindex="0">'
        f'<div class="lb-boxes" style="{size}">'
        f'<svg viewBox="0 0 {where.width:g} {where.height:g}" aria-hidden="true">'
        f'{_lines(shown, where.lines)}</svg><ol role="list">{items}</ol></div></div>'
        f"{_folded(shown, href)}{_caption(shown)}</figure>"
    )


def _breadth(width: float) -> str:
    """The class by which a style sheet knows from which width of the page on a diagram has room."""
    return next((f" {name}" for name, least in _BREADTHS if width > least), "")


def _around(shown: Diagram) -> tuple[int | None, ...]:
    """For each box the innermost frame around it."""
    found: list[int | None] = [None] * len(shown.boxes)
    for number, frame in enumerate(shown.frames):  # inner ones follow outer ones
        for box in frame.boxes:
            found[box] = number
    return tuple(found)


def _flow(count: int, arrows: Sequence[tuple[int, int]]) -> list[int]:
    """The boxes in their order, but each behind those that lead to it."""
    sources: list[set[int]] = [set() for _ in range(count)]
    for source, target in arrows:
        sources[target].add(source)
    found: dict[int, None] = {}
    while len(found) < count:
        left = [box for box in range(count) if box not in found]
        box = next((box for box in left if sources[box] <= found.keys()), left[0])
        found[box] = None
    return list(found)


def _frames_at(shown: Diagram, box: int, order: Sequence[int], where: Placement, href: Href) -> str:
    """The frames whose first box this is, outer ones first."""
    return "".join(
        _frame(shown, frame, where.frames[number], href)
        for number, frame in enumerate(shown.frames)
        if min(frame.boxes, key=order.index) == box
    )


def _frame(shown: Diagram, frame: Frame, where: Rectangle, href: Href) -> str:
    x, y, width, height = map(_rem, where)
    place = f"left:{x};top:{y};width:{width};height:{height}"
    inside = [_called(shown, k) for k in frame.boxes]
    if len(inside) > _NAMED:
        inside = [f"{inside[0]} to {inside[-1]}, {counted(len(inside), 'part')}"]
    deep = "" if frame.inside is None else " deep"
    return (
        f'<li class="frame{deep}" style="{place}"><a href="{text(href(frame.page))}"><b><bdi>'
        f"{text(frame.title)}</bdi></b> <i>{text(frame.type)}</i></a>"
        f'<span class="lb-unseen"><span>, </span>around {text(series(inside))}</span></li>'
    )


def _wanted(box: Box) -> int:
    """Pixels that a box's text takes at most, in steps: equal blocks have boxes of one width."""
    below = len(_type(box.type)) + len(_shapes(box)) + 2
    wanted = 20 + max(_BOLD * len(box.title), _PLAIN * below, _PLAIN * len(box.note))
    return math.ceil(wanted / _STEP) * _STEP


def _box(shown: Diagram, number: int, corner: Point, height: int, href: Href) -> str:
    box = shown.boxes[number]
    x, y = corner
    place = f"left:{_rem(x)};top:{_rem(y)};height:{_rem(height)}"
    kind = f"{box.kind} shared" if box.note else box.kind
    link = f'href="{text(href(box.page))}" title="{text(_full(box))}"'
    here = ' aria-current="page"' if box.kind == "here" else ""
    shape = "" if box.shape is None else f" <span>{text(_shapes(box))}</span>"
    note = f" <small>{text(box.note)}</small>" if box.note else ""
    return (
        f'<li class="{kind}" style="{place}"><a {link}{here}><b><bdi>{text(box.title)}</bdi></b>'
        f" <i>{text(_type(box.type))}</i>{shape}{note}</a>{_words(shown, number)}</li>"
    )


def _shapes(box: Box) -> str:
    """The shape of what goes on; of several shapes the first two."""
    found = [_shape(shape) for shape in (box.shape or (), *box.further)]
    return ", ".join([*found[:2], *(["…"] if len(found) > 2 else [])])


def _shape(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) if shape else "scalar"


def _type(name: str) -> str:
    return name.strip("_") if name.startswith("__") else name


def _full(box: Box) -> str:
    """What a box says when there is room."""
    found = [box.shape, *box.further] if box.shape else []
    parts = [box.title, _type(box.type), *(f"output {extent(shape)}" for shape in found)]
    if box.name not in box.title and not box.folded:
        parts.insert(0, box.name)
    return ", ".join(parts)


def _words(shown: Diagram, number: int) -> str:
    """Where the tensors go, for those who do not see the arrows."""
    targets = [_called(shown, arrow.target) for arrow in shown.arrows if arrow.source == number]
    if not targets:
        return ""
    return f'<span class="lb-unseen"><span>, </span>goes to {text(series(targets))}</span>'


def _called(shown: Diagram, number: int) -> str:
    """A box in an enumeration: of one layer in several places with the call.

    Of two layers whose names are the same within their frames it has the full name.
    """
    box = shown.boxes[number]
    again = any(one.title == box.title and one.name != box.name for one in shown.boxes)
    title = box.name if again and not box.folded else box.title
    return f"{title} ({box.note})" if box.note.startswith("call ") else title


def _lines(shown: Diagram, lines: Sequence[Sequence[Point]]) -> str:
    """A path for the arrows to the next box, one for those that skip boxes, and the heads."""
    paths = {False: "", True: ""}
    heads = {False: "", True: ""}
    for arrow, points in zip(shown.arrows, lines, strict=True):
        paths[arrow.skips] += _line(points)
        heads[arrow.skips] += _head(points[-1])
    return "".join(
        f'<path class="{name}" d="{paths[key]}"/><path class="{name} h" d="{heads[key]}"/>'
        for key, name in ((False, "e"), (True, "s"))
        if paths[key]
    )


def _line(points: Sequence[Point]) -> str:
    """A line with rounded corners."""
    start = points[0]
    found = f"M{start[0]:g} {start[1]:g}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        one, two = _towards(corner, before), _towards(corner, after)
        found += f"L{one[0]:g} {one[1]:g}Q{corner[0]:g} {corner[1]:g} {two[0]:g} {two[1]:g}"
    return f"{found}L{points[-1][0]:g} {points[-1][1]:g}"


def _towards(corner: Point, other: Point) -> Point:
    """The point where the rounding of a corner ends, on the way to the next one."""
    across, down = other[0] - corner[0], other[1] - corner[1]
    length = abs(across) + abs(down)
    part = min(_CORNER, length / 2) / length if length else 0.0
    return round(corner[0] + across * part, 1), round(corner[1] + down * part, 1)


def _head(tip: Point) -> str:
    """An arrow head that points down."""
    x, y = tip
    return f"M{x - _HEAD:g} {y - 2 * _HEAD:g}H{x + _HEAD:g}L{x:g} {y:g}z"


def _caption(shown: Diagram) -> str:
    """What the marks in this diagram mean."""
    kinds = {box.kind for box in shown.boxes}
    said = []
    if "here" not in kinds:
        said.append(
            f"{text(shown.title)}: tensors flow from top to bottom, and each box is a link."
        )
    if shown.frames:
        said.append("A frame is around the parts of a container.")
    if shown.call:
        said.append(f"It was called {times(shown.call)}; this is the first call.")
    if any(arrow.skips for arrow in shown.arrows):
        lines = '<span class="s">Coloured lines</span> pass by the boxes in between.'
        said.append(f'<span class="drawn">{lines}</span>')
    if shown.of and "outside" in kinds:
        said.append(f"Dashed boxes lie outside of {text(shown.of)}.")
    return f"<figcaption>{' '.join(said)}</figcaption>" if said else ""


def _folded(shown: Diagram, href: Href) -> str:
    """The names of what is folded, as links."""
    boxes = [box for box in shown.boxes if box.folded]
    if not boxes:
        return ""
    lines = []
    for box in boxes:
        links = [f'<a href="{text(href(link.page))}">{text(link.title)}</a>' for link in box.folded]
        rest = box.count - len(links)
        more = f" and {counted(rest, 'other')}" if rest else ""
        lines.append(f"<li>{text(box.title)}: {', '.join(links)}{more}</li>")
    return (
        '<details class="lb-long"><summary>What is folded</summary>'
        f"<ul>{''.join(lines)}</ul></details>"
    )


def _rem(pixels: float) -> str:
    return f"{pixels / _UNIT:g}rem"

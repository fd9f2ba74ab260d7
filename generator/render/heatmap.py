"""Heatmaps as inline SVG: colours about zero, the stronger the larger the magnitude."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from generator.explanation import Picture
from generator.formula.text import plain_number
from generator.render.bitmap import LEVELS, bitmap, opacity
from generator.render.escape import text
from generator.render.tables import whole
from generator.render.words import counted

DRAWN = 100
"""Cells of a plane that may be drawn as shapes; a plane of more is a bitmap."""
COLOURS = 10
"""Colours in such a plane, a shape each; one of more is shorter as a bitmap."""
_WIDEST, _CELL = 152.0, 22.0
"""A plane's width in pixels, and the largest width of one of its cells."""
_LONGEST, _LEAST = 384.0, 6.0
"""The longer side of a plane that is no square, and the width of its cells up to there."""
LINE = 16
"""Cells in a line of a tensor of one axis."""

Rows = Sequence[Sequence[float]]
Place = tuple[int, int]
Colour = tuple[str, int]


def heatmap(picture: Picture, decimals: int) -> Markup:
    """The picture's planes side by side on one scale, with its legend and caption."""
    numbers = [v for p in picture.planes for row in p for v in row]
    every = all(map(math.isfinite, numbers))
    finite = numbers if every else [v for v in numbers if math.isfinite(v)]
    drawn = max(map(abs, finite), default=0.0)
    largest = drawn if picture.largest is None else max(drawn, picture.largest)
    planes = "".join(
        _plane(picture, number, rows, largest, decimals)
        for number, rows in enumerate(picture.planes)
    )
    scale = _legend(picture, finite, largest, decimals)
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<figure class="lb-heat" data-search-exclude><div class="lb-planes">{planes}</div>{scale}'
        # of a figure's parts the caption is the last, wherever it is shown
        f"{whole(picture, decimals)}"
        f"<figcaption>{_caption(picture, every=every)}</figcaption></figure>"
    )


def _plane(picture: Picture, number: int, rows: Rows, largest: float, decimals: int) -> str:
    if not rows or not rows[0]:
        return ""
    label = picture.labels[number] if number < len(picture.labels) else ""
    name = f"{picture.title}, {label}" if label else picture.title
    spoken = _spoken(name, rows, decimals)
    line = _line(rows)
    solid, dashed = (
        {(r + c // line, c % line) for p, r, c in cells if p == number}
        for cells in (picture.marked, picture.dashed)
    )
    rows = [row[k : k + line] for row in rows for k in range(0, len(row), line)]
    height, width = len(rows), len(rows[0])
    cell = _cell(height, width)
    across, down = cell * width, cell * height
    shown = f"<span>{text(label)}</span>" if label else ""
    return (
        f'<span class="lb-plane"><svg viewBox="0 0 {width} {height}" width="{across:.0f}"'
        f' height="{down:.0f}" role="img" aria-label="{text(spoken)}">'
        f'<path class="z" d="{_ground(rows)}"/>{_inside(rows, largest)}'
        f"{_outline(dashed, 'o d')}{_outline(solid, 'o')}</svg>{shown}</span>"
    )


def _line(rows: Rows) -> int:
    """Cells in a line of the picture: a tensor of one axis is broken, evenly if that goes."""
    width = len(rows[0])
    if len(rows) > 1 or width <= LINE:
        return width
    return next((n for n in range(LINE, LINE // 2 - 1, -1) if width % n == 0), LINE)


def _cell(height: int, width: int) -> float:
    """The width of a cell in pixels; those of a strip do not vanish."""
    cell = min(_WIDEST / width, _CELL)
    if width >= 2 * height:
        cell = max(cell, min(_LEAST, _LONGEST / width))
    return min(cell, _LONGEST / height)


def _ground(rows: Rows) -> str:
    """The outline of all cells; the last line may be shorter."""
    width, last = len(rows[0]), len(rows[-1])
    whole = len(rows) if last == width else len(rows) - 1
    rest = "" if last == width else f"M0 {whole}h{last}v1H0z"
    return f"M0 0h{width}v{whole}H0z{rest}"


def _spoken(name: str, rows: Rows, decimals: int) -> str:
    """The text alternative of one plane: its size and its extremes."""
    extent = f"{len(rows)} × {len(rows[0])} values"
    numbers = [v for row in rows for v in row]
    if any(map(math.isnan, numbers)):
        numbers = [v for v in numbers if not math.isnan(v)]
    if not numbers:
        return f"{name}: {extent}, all NaN"
    low, high = plain_number(min(numbers), decimals), plain_number(max(numbers), decimals)
    return f"{name}: {extent}, smallest {low}, largest {high}"


def _inside(rows: Rows, largest: float) -> str:
    height, width = len(rows), len(rows[0])
    if height * width <= DRAWN:
        colours = [[_colour(value, largest) for value in row] for row in rows]
        if len(set().union(*colours)) <= COLOURS:
            return _shapes(colours) + _crosses(rows)
    address = bitmap(rows, largest)
    # instant navigation rewrites every `href`, which an image of SVG does not let it
    return f'<image width="{width}" height="{height}" xlink:href="{address}"/>{_crosses(rows)}'


def _shapes(rows: Sequence[Sequence[Colour]]) -> str:
    """One path for each colour: far fewer elements than cells."""
    places: dict[Colour, list[str]] = defaultdict(list)
    for r, row in enumerate(rows):
        start = 0
        for colour, cells in groupby(row):
            length = sum(1 for _ in cells)
            if colour[1]:
                places[colour].append(f"M{start} {r}h{length}v1h-{length}z")
            start += length
    return "".join(
        f'<path class="{kind}" opacity="{opacity(level):.3g}" d="{"".join(where)}"/>'
        for (kind, level), where in sorted(places.items())
    )


def _colour(value: float, largest: float) -> Colour:
    """The kind of a value, and its level of 0 to LEVELS."""
    if math.isnan(value):
        return "n", LEVELS
    if value == 0 or largest == 0:
        return "p" if value >= 0 else "m", LEVELS if math.isinf(value) else 0
    level = LEVELS if math.isinf(value) else math.ceil(abs(value) / largest * LEVELS)
    return "p" if value > 0 else "m", min(level, LEVELS)


def _crosses(rows: Rows) -> str:
    """A cross in each NaN, a stroke in each infinity."""
    strokes = []
    for r, row in enumerate(rows):
        if all(map(math.isfinite, row)):
            continue
        for c, value in enumerate(row):
            if math.isfinite(value):
                continue
            strokes.append(f"M{c + 0.2:g} {r + 0.8:g}l.6-.6")
            if math.isnan(value):
                strokes.append(f"M{c + 0.2:g} {r + 0.2:g}l.6 .6")
    return f'<path class="x" d="{"".join(strokes)}"/>' if strokes else ""


def _outline(marks: set[Place], kind: str) -> str:
    """The border of the marked cells, each straight piece of it one stroke."""
    across = {
        (r + down, c) for r, c in marks for down in (0, 1) if (r - 1 + 2 * down, c) not in marks
    }
    upright = {(c + on, r) for r, c in marks for on in (0, 1) if (r, c - 1 + 2 * on) not in marks}
    strokes = [
        *(f"M{start} {line}h{length}" for line, start, length in _runs(across)),
        *(f"M{line} {start}v{length}" for line, start, length in _runs(upright)),
    ]
    return f'<path class="{kind}" d="{"".join(strokes)}"/>' if strokes else ""


def _runs(pieces: set[Place]) -> Iterator[tuple[int, int, int]]:
    """Pieces (line, start) of length 1 that follow each other as one: line, start, length."""
    for line, start in sorted(pieces):
        if (line, start - 1) in pieces:
            continue
        stop = start + 1
        while (line, stop) in pieces:
            stop += 1
        yield line, start, stop - start


def _legend(picture: Picture, drawn: Sequence[float], largest: float, decimals: int) -> str:
    """The scale, with the signs that are there; zero alone has the colour of the ground."""
    if largest == 0:
        return '<p class="lb-scale"><i class="zero">0</i><span>0 everywhere</span></p>'
    below, above = any(v < 0 for v in drawn), any(v > 0 for v in drawn)
    pieces, words = ['<i class="zero">0</i>'], []
    if below:
        low = plain_number(-largest, decimals)
        pieces = [f'<span>{low}</span><i class="below"></i>', *pieces]
        words.append("blue below zero")
    if above:
        high = plain_number(largest, decimals)
        pieces.append(f'<i class="above"></i><span>{high}</span>')
        words.append("red above" if below else "red above zero")
    if len(picture.planes) > 1:
        words.append("one scale for all planes")
    if max(map(abs, drawn), default=0.0) < largest:
        words.append("the scale reaches to the largest magnitude of the whole tensor")
    return f'<p class="lb-scale">{"".join(pieces)}<span>{", ".join(words)}</span></p>'


def _one_in(step: int, line: str) -> str:
    """Which rows or columns are drawn."""
    known = {2: "second", 3: "third"}.get(step)
    return f"every {known} {line}" if known else f"one {line} in {step}"


def _caption(picture: Picture, *, every: bool) -> str:
    notes = [f"{text(picture.describes[:1].upper() + picture.describes[1:])}."]
    if picture.meaning:
        notes.append(text(picture.meaning))
    elif picture.marked:
        notes.append("The outlined cells belong to the worked element.")
    if picture.omitted:
        notes.append(f"{counted(picture.omitted, 'more plane')} not drawn.")
    if any(
        len(plane) == 1 and plane[0] and _line(plane) < len(plane[0]) for plane in picture.planes
    ):
        notes.append("Its one row is broken into lines.")
    left_out = [
        _one_in(step, line)
        for step, line in zip(picture.sampled, ("row", "column"), strict=True)
        if step > 1
    ]
    if left_out:
        is_are = "are" if len(left_out) > 1 else "is"
        notes.append(f"{' and '.join(left_out)} {is_are} drawn.".capitalize())
    if every:
        return " ".join(notes)
    values = {v for p in picture.planes for row in p for v in row if not math.isfinite(v)}
    if any(map(math.isnan, values)):
        notes.append("A cross marks NaN.")
    if any(map(math.isinf, values)):
        notes.append("A stroke marks an infinite value.")
    return " ".join(notes)

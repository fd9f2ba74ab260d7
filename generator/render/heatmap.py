"""Heatmaps as inline SVG: colours about zero, the stronger the larger the magnitude."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from generator.explanation import Picture
from generator.formula.text import plain_number
from generator.render.escape import text
from generator.render.words import counted

LEVELS = 32
"""Steps of colour between zero and the largest magnitude, for each sign."""
_WIDEST, _CELL = 152.0, 22.0
"""A plane's width in pixels, and the largest width of one of its cells."""

Rows = Sequence[Sequence[float]]
Place = tuple[int, int]


def heatmap(picture: Picture, decimals: int) -> Markup:
    """The picture's planes side by side on one scale, with its legend and caption."""
    finite = [abs(v) for p in picture.planes for row in p for v in row if math.isfinite(v)]
    largest = max(finite, default=0.0)
    planes = "".join(
        _plane(picture, number, rows, largest, decimals)
        for number, rows in enumerate(picture.planes)
    )
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<figure class="lb-heat" data-search-exclude><div class="lb-planes">{planes}</div>'
        f"{_legend(largest, decimals)}<figcaption>{_caption(picture)}</figcaption></figure>"
    )


def _plane(picture: Picture, number: int, rows: Rows, largest: float, decimals: int) -> str:
    height, width = len(rows), max(map(len, rows), default=0)
    if not height or not width:
        return ""
    marks = {(r, c) for p, r, c in picture.marked if p == number}
    label = picture.labels[number] if number < len(picture.labels) else ""
    across = min(_WIDEST, _CELL * width)
    down = across / width * height
    name = f"{picture.title}, {label}" if label else picture.title
    shown = f"<span>{text(label)}</span>" if label else ""
    return (
        f'<span class="lb-plane"><svg viewBox="0 0 {width} {height}" width="{across:.0f}"'
        f' height="{down:.0f}" role="img" aria-label="{text(_spoken(name, rows, decimals))}">'
        f'<path class="z" d="M0 0h{width}v{height}H0z"/>{_cells(rows, largest)}'
        f"{_outline(marks)}</svg>{shown}</span>"
    )


def _spoken(name: str, rows: Rows, decimals: int) -> str:
    """The text alternative of one plane: its size and its extremes."""
    extent = f"{len(rows)} × {len(rows[0])} values"
    known = [v for row in rows for v in row if not math.isnan(v)]
    if not known:
        return f"{name}: {extent}, all NaN"
    low, high = plain_number(min(known), decimals), plain_number(max(known), decimals)
    return f"{name}: {extent}, smallest {low}, largest {high}"


def _cells(rows: Rows, largest: float) -> str:
    """One path for each colour: far fewer elements than cells."""
    places: dict[tuple[str, int], list[str]] = defaultdict(list)
    for r, row in enumerate(rows):
        start = 0
        while start < len(row):
            colour = _colour(row[start], largest)
            stop = start + 1
            while stop < len(row) and _colour(row[stop], largest) == colour:
                stop += 1
            if colour[1]:
                length = stop - start
                places[colour].append(f"M{start} {r}h{length}v1h-{length}z")
            start = stop
    pieces = [
        f'<path class="{kind}" opacity="{level / LEVELS:.3g}" d="{"".join(where)}"/>'
        for (kind, level), where in sorted(places.items())
    ]
    return "".join(pieces) + _crosses(rows)


def _colour(value: float, largest: float) -> tuple[str, int]:
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
        for c, value in enumerate(row):
            if math.isfinite(value):
                continue
            strokes.append(f"M{c + 0.2:g} {r + 0.8:g}l.6-.6")
            if math.isnan(value):
                strokes.append(f"M{c + 0.2:g} {r + 0.2:g}l.6 .6")
    return f'<path class="x" d="{"".join(strokes)}"/>' if strokes else ""


def _outline(marks: set[Place]) -> str:
    """The border of the marked cells."""
    strokes = []
    for r, c in sorted(marks):
        edges = (
            ((r - 1, c), f"M{c} {r}h1"),
            ((r + 1, c), f"M{c} {r + 1}h1"),
            ((r, c - 1), f"M{c} {r}v1"),
            ((r, c + 1), f"M{c + 1} {r}v1"),
        )
        strokes += [stroke for neighbour, stroke in edges if neighbour not in marks]
    return f'<path class="o" d="{"".join(strokes)}"/>' if strokes else ""


def _legend(largest: float, decimals: int) -> str:
    if largest == 0:
        return '<p class="lb-scale"><i class="zero"></i><span>0 everywhere</span></p>'
    low, high = plain_number(-largest, decimals), plain_number(largest, decimals)
    return f'<p class="lb-scale"><span>{low}</span><i></i><span>{high}</span></p>'


def _caption(picture: Picture) -> str:
    notes = [f"{text(picture.describes[:1].upper() + picture.describes[1:])}."]
    if picture.marked:
        notes.append("The outlined cells belong to the worked element.")
    if picture.omitted:
        notes.append(f"{counted(picture.omitted, 'more plane')} not drawn.")
    if picture.sampled > 1:
        notes.append(f"One row and column in {picture.sampled} is drawn.")
    values = {v for p in picture.planes for row in p for v in row if not math.isfinite(v)}
    if any(map(math.isnan, values)):
        notes.append("A cross marks NaN.")
    if any(map(math.isinf, values)):
        notes.append("A stroke marks an infinite value.")
    return " ".join(notes)

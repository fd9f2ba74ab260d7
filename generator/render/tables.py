"""Tables of numbers as HTML: written here and not in a template, since they are long."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from generator.explanation import Grid, GridCell, Picture, Plane
from generator.formula.text import plain_number
from generator.render.escape import text
from generator.render.words import count

PLANES_SHOWN = 8
"""Tables of a grid that stand open; the others fold."""

WHOLE = 256
"""Numbers of a tensor that is shown as a whole beside its picture."""
LINE = 8
"""Numbers in a line of a tensor of one axis."""


def scrolling(label: str, content: str) -> str:
    """What may be wider than the page, in a region that scrolls; its numbers are not searched.

    The content must not hold another div: the search plugin would take its end for the region's.
    """
    return (
        f'<div class="lb-scroll" tabindex="0" role="group" aria-label="{text(label)}"'
        f" data-search-exclude>{content}</div>"
    )


def grid(shown: Grid, decimals: int) -> Markup:
    """The planes of a grid; of many, the first ones open and the others folded."""
    corner = _corner(shown)
    planes = [
        _plane(plane, corner, decimals)
        if shown.row_axis
        else _table(plane, shown.column_axis, corner, decimals)
        for plane in shown.planes
    ]
    result = scrolling(shown.title, "".join(planes[:PLANES_SHOWN]))
    rest = planes[PLANES_SHOWN:]
    if rest:
        result += (
            f'<details class="lb-long"><summary>{text(shown.title)}: '
            f"the other {count(len(rest))} tables</summary>"
            f"{scrolling(f'{shown.title}, continued', ''.join(rest))}</details>"
        )
    return Markup(result)  # noqa: S704 - every text in it is escaped


def whole(picture: Picture, decimals: int) -> str:
    """The numbers of a small picture as folded tables; '' for a large one.

    They stand in the picture's own figure, which is not searched.
    """
    number = sum(len(row) for plane in picture.planes for row in plane)
    if picture.omitted or max(picture.sampled) > 1 or number > WHOLE:
        return ""
    tables = "".join(
        _table(_drawn(rows, label), "", "<td></td>", decimals)
        for rows, label in zip(picture.planes, picture.labels, strict=False)
    )
    title = text(picture.title[:1].upper() + picture.title[1:])
    return (
        f'<details class="lb-long"><summary>The {count(number)} numbers of this picture</summary>'
        f'<div class="lb-scroll" tabindex="0" role="group" aria-label="{title} in numbers">'
        f"{tables}</div></details>"
    )


def _drawn(rows: Sequence[Sequence[float]], label: str) -> Plane:
    return Plane(
        title=label,
        rows=tuple(map(str, range(len(rows)))),
        columns=tuple(map(str, range(len(rows[0]) if rows else 0))),
        cells=tuple(tuple(map(GridCell, row)) for row in rows),
    )


def _table(plane: Plane, axis: str, corner: str, decimals: int) -> str:
    """A plane's table; a line of numbers has no header of its own."""
    if len(plane.cells) == 1:
        return _line(plane, axis, decimals)
    return _plane(plane, corner, decimals)


def _corner(shown: Grid) -> str:
    if not shown.row_axis and not shown.column_axis:
        return "<td></td>"
    down = f"{text(shown.row_axis)}&nbsp;↓" if shown.row_axis else ""
    across = f"{text(shown.column_axis)}&nbsp;→" if shown.column_axis else ""
    return f'<td class="corner">{" ".join(filter(None, (down, across)))}</td>'


def _plane(plane: Plane, corner: str, decimals: int) -> str:
    caption = f"<caption>{text(plane.title)}</caption>" if plane.title else ""
    return (
        f'<table class="lb-grid">{caption}<thead><tr>{corner}{_heads(plane.columns)}</tr></thead>'
        f"<tbody>{_rows(plane.rows, plane.cells, decimals)}</tbody></table>"
    )


def _line(plane: Plane, axis: str, decimals: int) -> str:
    """A tensor of one axis: as one row without a header, or broken into lines of a few."""
    [cells] = plane.cells
    caption = f"<caption>{text(plane.title)}</caption>" if plane.title else ""
    if len(cells) <= LINE:
        row = "".join(_cell(c, decimals) for c in cells)
        heads = f"<thead><tr>{_heads(plane.columns)}</tr></thead>"
        return f'<table class="lb-grid">{caption}{heads}<tbody><tr>{row}</tr></tbody></table>'
    starts = range(0, len(cells), LINE)
    lines = [cells[k : k + LINE] for k in starts]
    names = [_range(plane.columns[k : k + LINE]) for k in starts]
    corner = f'<td class="corner">{text(axis)}&nbsp;↓</td>' if axis else "<td></td>"
    heads = _heads([f"+{k}" for k in range(LINE)]) if _counts(plane.columns) else ""
    head = f"<thead><tr>{corner}{heads}</tr></thead>" if heads else ""
    body = _rows(names, lines, decimals)
    return f'<table class="lb-grid">{caption}{head}<tbody>{body}</tbody></table>'


def _range(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{_index(names[0])} … {_index(names[-1])}"


def _counts(names: Sequence[str]) -> bool:
    """Whether the labels count up by one."""
    return all(n.lstrip("-").isdigit() for n in names) and all(
        int(b) - int(a) == 1 for a, b in pairwise(names)
    )


def _heads(names: Sequence[str]) -> str:
    return "".join(f'<th scope="col">{_index(name)}</th>' for name in names)


def _rows(names: Sequence[str], lines: Sequence[Sequence[GridCell]], decimals: int) -> str:
    return "".join(
        f'<tr><th scope="row">{_index(name)}</th>{"".join(_cell(c, decimals) for c in cells)}</tr>'
        for name, cells in zip(names, lines, strict=True)
    )


def _index(name: str) -> Markup:
    """The label of a row or column; a position before the first has a true minus sign."""
    return text(f"−{name[1:]}" if name[:1] == "-" and name[1:].isdigit() else name)


def _cell(cell: GridCell, decimals: int) -> str:
    if cell.value is None:
        return "<td></td>"
    names = [name for name, on in (("pad", cell.padded), ("hit", cell.hit)) if on]
    kind = f' class="{" ".join(names)}"' if names else ""
    shown = "0" if cell.padded and cell.value == 0 else plain_number(cell.value, decimals)
    return f"<td{kind}>{shown}</td>"

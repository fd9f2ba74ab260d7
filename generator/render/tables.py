"""Tables of numbers as HTML: written here and not in a template, since they are long."""

from __future__ import annotations

from markupsafe import Markup

from generator.explanation import Grid, GridCell, LongSum, Plane, Term, TermGroup
from generator.formula.text import plain_number
from generator.render.escape import math, text
from generator.render.words import count

PLANES_SHOWN = 8
"""Tables of a grid that stand open; the others fold."""

_KINDS = {
    "sum": ("sum", "terms", "Subtotal", "Sum"),
    "prod": ("product", "factors", "Product of these", "Product"),
    "max": ("maximum", "values", "Largest of these", "Maximum"),
    "min": ("minimum", "values", "Smallest of these", "Minimum"),
    "argmax": ("position of the maximum", "values", "Largest of these", "Position"),
    "argmin": ("position of the minimum", "values", "Smallest of these", "Position"),
}


def scrolling(label: str, content: str) -> str:
    """What may be wider than the page, in a region that scrolls; its numbers are not searched.

    The content must not hold another div: the search plugin would take its end for the region's.
    """
    return (
        f'<div class="lb-scroll" tabindex="0" role="region" aria-label="{text(label)}"'
        f" data-search-exclude>{content}</div>"
    )


def grid(shown: Grid, decimals: int) -> Markup:
    """The planes of a grid; of many, the first ones open and the others folded."""
    corner = _corner(shown)
    planes = [_plane(plane, corner, decimals) for plane in shown.planes]
    result = scrolling(shown.title, "".join(planes[:PLANES_SHOWN]))
    rest = planes[PLANES_SHOWN:]
    if rest:
        result += (
            f'<details class="lb-long"><summary>{text(shown.title)}: '
            f"the other {count(len(rest))} tables</summary>"
            f"{scrolling(f'{shown.title}, continued', ''.join(rest))}</details>"
        )
    return Markup(result)  # noqa: S704 - every text in it is escaped


def _corner(shown: Grid) -> str:
    if not shown.row_axis and not shown.column_axis:
        return "<td></td>"
    down = f"{text(shown.row_axis)}&nbsp;↓" if shown.row_axis else ""
    across = f"{text(shown.column_axis)}&nbsp;→" if shown.column_axis else ""
    return f'<td class="corner">{" ".join(filter(None, (down, across)))}</td>'


def _plane(plane: Plane, corner: str, decimals: int) -> str:
    heads = "".join(f'<th scope="col">{_index(name)}</th>' for name in plane.columns)
    rows = "".join(
        f'<tr><th scope="row">{_index(name)}</th>{"".join(_cell(c, decimals) for c in cells)}</tr>'
        for name, cells in zip(plane.rows, plane.cells, strict=True)
    )
    caption = f"<caption>{text(plane.title)}</caption>" if plane.title else ""
    return (
        f'<table class="lb-grid">{caption}<thead><tr>{corner}{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
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


def long_sum(shown: LongSum, decimals: int) -> Markup:
    """A long sum, folded: every term with its value, and subtotals."""
    name, things, subtotal, total = _KINDS.get(shown.kind, _KINDS["sum"])
    over = f" over {text(', '.join(shown.axes))}" if shown.axes else ""
    value = plain_number(shown.value, decimals)
    head = f"{math(shown.symbol)}: the {name}{over}, {count(shown.count)} {things} = {value}"
    label = f"All {things} of the {name}, with their values"
    several = len(shown.groups) > 1
    rows = "".join(_group(group, subtotal if several else "", decimals) for group in shown.groups)
    body = (
        '<table class="lb-grid lb-terms"><thead><tr><th scope="col">index</th>'
        f'<th scope="col">{things[:-1]}</th><th scope="col">value</th></tr></thead>'
        f'{rows}<tfoot><tr><th scope="row">{total}</th><td></td><td>{value}</td></tr></tfoot>'
        "</table>"
    )
    missing = (
        f"<p>{count(shown.omitted)} of the {things} are part of the {name} and are not listed.</p>"
        if shown.omitted
        else ""
    )
    folded = f"{missing}{scrolling(label, body)}"
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<details class="lb-long"><summary>{head}</summary>{folded}</details>'
    )


def _group(group: TermGroup, subtotal: str, decimals: int) -> str:
    rows = "".join(_term(term, decimals) for term in group.terms)
    if subtotal:
        title = f"{subtotal}, {text(group.title)}" if group.title else subtotal
        value = plain_number(group.subtotal, decimals)
        rows += f'<tr class="sub"><th scope="row">{title}</th><td></td><td>{value}</td></tr>'
    return f"<tbody>{rows}</tbody>"


def _term(term: Term, decimals: int) -> str:
    value = plain_number(term.value, decimals)
    index = text(term.index)
    return f'<tr><th scope="row">{index}</th><td>{text(term.text)}</td><td>{value}</td></tr>'

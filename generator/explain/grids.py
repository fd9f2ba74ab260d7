"""The numbers that a working reads, as tables laid out the way they lie in the tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.explanation import Grid, GridCell, Link, Maximum, Plane
from generator.formula.expansion import Cell, Contents, Entry, Listed
from generator.formula.latex import Printer
from generator.formula.tree import Cond, Equation, Expr, Read, Reduce, Tensor, Var
from generator.formula.walk import children

MOST_CELLS = 4096
"""Cells of one table that a page shows."""


@dataclass(frozen=True)
class _Placed:
    at: tuple[int, ...]
    cell: Cell


@dataclass(frozen=True)
class Naming:
    """What a page calls things: where each operand comes from, and what each index counts."""

    links: Mapping[str, Link | None]
    counts: Mapping[str, str]
    page: str = ""
    """The page on which it stands, beside which files of terms may lie; '' for none."""
    worked: set[str] = field(default_factory=set)
    """Stages of which the page works out an element by now: grows from section to section."""


def grids(
    equation: Equation, formula: Expr, worked: Contents, printer: Printer, naming: Naming
) -> tuple[Grid, ...]:
    """A table for each operand of the first reduction whose operands span its axes.

    `worked` is what `formula`, the equation's or a stage's, is made of worked out.
    """
    found: list[Grid] = []
    seen: set[str] = set()
    for reduction in worked.listed:
        # a part of a window would be taken for all of it
        if len(reduction.entries) < 2 or not reduction.axes or reduction.omitted:
            continue
        for tensor, placed in _by_operand(reduction).items():
            declared = equation.declared(tensor)
            if tensor in seen or declared.role == "stage" or len(placed) > MOST_CELLS:
                continue
            seen.add(tensor)
            read = _read(formula, tensor, reduction.axes)
            down, across = _along(placed, -2), _along(placed, -1)
            found.append(
                Grid(
                    title=(declared.label or declared.meaning)
                    + ("" if formula is equation.body else _row(declared, placed)),
                    symbol=printer.latex(read),
                    shape=_extents(placed),
                    row_axis=_axis(read, down, reduction.axes[-2:-1]),
                    column_axis=_axis(read, across, reduction.axes[-1:]),
                    planes=_planes(reduction, placed, (down, across), naming.counts),
                    padded=sum(p.cell.padded for p in placed),
                    link=naming.links.get(tensor),
                    parameter=declared.role == "parameter",
                )
            )
    # weights first, then what they are laid upon
    return tuple(sorted(found, key=lambda g: not g.parameter))


def _row(declared: Tensor, placed: list[_Placed]) -> str:
    """Which row of a matrix of parameters a stage reads: another stage may read another."""
    rows = {p.cell.index[0] for p in placed}
    matrix = declared.role == "parameter" and len(declared.sizes) == 2
    return f", row {min(rows)}" if matrix and len(rows) == 1 else ""


def maximum(body: Expr) -> Maximum | None:
    """Where the maximum is, for a working that is one maximum over a window.

    None where not all of the window is listed, and where it has a NaN.
    """
    if not isinstance(body, Listed) or body.kind != "max" or body.omitted:
        return None
    best = _first(body)
    if best is None:
        return None
    ties = sum(e.value == best.value for e in body.entries)
    start = [min(e.at[k] for e in body.entries) for k in range(len(body.axes))]
    place = tuple(a - s for a, s in zip(best.at, start, strict=True))
    return Maximum(place, best.value, ties)


def _first(reduction: Listed) -> Entry | None:
    """The first entry that has the reduction's value."""
    return next((e for e in reduction.entries if e.value == reduction.value), None)


def _by_operand(reduction: Listed) -> dict[str, list[_Placed]]:
    found: dict[str, list[_Placed]] = {}
    for entry in reduction.entries:
        for cell in _own(entry):
            found.setdefault(cell.tensor, []).append(_Placed(entry.at, cell))
    return found


def _own(entry: Entry) -> list[Cell]:
    """The entry's cells outside of reductions within it; each tensor's first alone."""
    if isinstance(entry.item, Listed):
        return []
    own: dict[str, Cell] = {}
    for cell in Contents.of(entry.item).cells:
        own.setdefault(cell.tensor, cell)
    return list(own.values())


def _extents(placed: list[_Placed]) -> tuple[int, ...]:
    return tuple(len({p.at[k] for p in placed}) for k in range(len(placed[0].at)))


def _along(placed: list[_Placed], axis: int) -> int | None:
    """The tensor's own axis that a row or column of the tables follows, if there is one.

    Along it each line has one index of the tensor, and no two lines have the same.
    """
    if len(placed[0].at) < -axis:
        return None
    for own in reversed(range(len(placed[0].cell.index))):
        lines: dict[tuple[int, ...], dict[int, set[int]]] = {}
        for p in placed:
            plane = lines.setdefault(p.at[:-2], {})
            plane.setdefault(p.at[axis], set()).add(p.cell.index[own])
        if all(_tells(plane) for plane in lines.values()):
            return own
    return None


def _tells(lines: Mapping[int, set[int]]) -> bool:
    numbers = {next(iter(found)) for found in lines.values()}
    return all(len(found) == 1 for found in lines.values()) and len(numbers) == len(lines) > 1


def _axis(read: Read, own: int | None, variable: tuple[str, ...]) -> str:
    """What the labels are: an index of the formula, or positions in the tensor.

    In a shifted window the position is not the index: `x[2h + i]` stands at row 3 where i = 1.
    """
    if own is None or isinstance(read.indices[own], Var):
        return "".join(variable)
    axes = len(read.indices)
    from_behind = axes - own
    if axes < 4:
        return "position" if from_behind == 1 else "".join(variable)
    return ("column", "row", "depth")[from_behind - 1] if from_behind < 4 else "".join(variable)


def _planes(
    reduction: Listed,
    placed: list[_Placed],
    along: tuple[int | None, int | None],
    counts: Mapping[str, str],
) -> tuple[Plane, ...]:
    axes = len(reduction.axes)
    planes: dict[tuple[int, ...], dict[tuple[int, int], Cell]] = {}
    for item in placed:
        row = item.at[-2] if axes > 1 else 0
        planes.setdefault(item.at[:-2], {})[row, item.at[-1]] = item.cell
    hit = _hit(reduction)
    return tuple(
        _plane(
            _title(reduction.axes, key, counts),
            cells_,
            along,
            None if hit is None or hit[:-2] != key else hit,
        )
        for key, cells_ in planes.items()
    )


def _plane(
    title: str,
    cells_: Mapping[tuple[int, int], Cell],
    along: tuple[int | None, int | None],
    hit: tuple[int, ...] | None,
) -> Plane:
    rows = sorted({row for row, _ in cells_})
    columns = sorted({column for _, column in cells_})
    where = None if hit is None else ((hit[-2] if len(hit) > 1 else 0), hit[-1])
    lines = tuple(
        tuple(_cell(cells_.get((row, column)), (row, column) == where) for column in columns)
        for row in rows
    )
    by_row = {row: cell for (row, _), cell in cells_.items()}
    by_column = {column: cell for (_, column), cell in cells_.items()}
    return Plane(
        title, _labels(by_row, rows, along[0]), _labels(by_column, columns, along[1]), lines
    )


def _cell(cell: Cell | None, hit: bool) -> GridCell:
    return GridCell(None) if cell is None else GridCell(cell.value, cell.padded, hit)


def _labels(lines: Mapping[int, Cell], numbers: list[int], own: int | None) -> tuple[str, ...]:
    """The tensor's own index along the lines, or else that of the reduction."""
    if own is None:
        return tuple(str(n) for n in numbers)
    return tuple(str(lines[n].index[own]) for n in numbers)


def _title(axes: tuple[str, ...], key: tuple[int, ...], counts: Mapping[str, str]) -> str:
    """Which plane this is, `Channel 0`; by the index where it is not known what that counts."""
    words = []
    for axis, index in zip(axes, key, strict=False):
        meaning = counts.get(axis, "").removeprefix("input ")
        words.append(f"{meaning} {index}" if meaning else f"{axis} = {index}")
    text = ", ".join(words)
    return text if "=" in text else text[:1].upper() + text[1:]


def _hit(reduction: Listed) -> tuple[int, ...] | None:
    """Where the maximum or minimum stands."""
    if reduction.kind not in {"max", "min"}:
        return None
    found = _first(reduction)
    return None if found is None else found.at


def _read(formula: Expr, tensor: str, axes: tuple[str, ...]) -> Read:
    """The formula's own read of the tensor, in the reduction over these indices if it has one.

    Outside of it the tensor may be read too, at other indices.
    """
    found: Read | None = None
    waiting: list[tuple[Expr | Cond, bool]] = [(formula, False)]
    while waiting:
        node, inside = waiting.pop(0)
        if isinstance(node, Reduce):
            inside = inside or tuple(span.var.name for span in node.ranges) == axes
        if isinstance(node, Read) and node.tensor == tensor:
            if inside:
                return node
            found = found or node
        waiting.extend((child, inside) for child in children(node))
    if found is None:
        raise KeyError(tensor)
    return found

"""Numbers that a working reads outside of any table of terms: a few by name, more as one table."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from generator.explain.grids import Naming
from generator.explanation import Grid, GridCell, Plane, Scalar
from generator.formula.expansion import Cell, Working
from generator.formula.latex import Printer
from generator.formula.tree import Cond, Equation, Expr, Num, Read, Var
from generator.formula.walk import children

FEW = 4
"""Numbers of one operand that stand by themselves; more are a table."""


def alone(
    equation: Equation, working: Working, printer: Printer, naming: Naming
) -> tuple[tuple[Scalar, ...], tuple[Grid, ...]]:
    """Such as a bias, and those that decided a case, each once."""
    contents = (working.contents, *(stage.contents for stage in working.stages))
    within = {(cell.tensor, cell.index) for part in contents for cell in part.reduced}
    decided = (cell for cell in working.decided if (cell.tensor, cell.index) not in within)
    found: dict[str, dict[tuple[int, ...], Cell]] = {}
    # what stages of the working give stands there; of what they read, the biases stand nowhere else
    results = {(stage.name, stage.index) for stage in working.stages}
    biases = (
        cell
        for stage in working.stages
        for cell in stage.contents.alone
        if equation.declared(cell.tensor).role == "parameter"
    )
    for cell in (*working.contents.alone, *decided, *biases):
        if (cell.tensor, cell.index) in results:
            continue
        found.setdefault(cell.tensor, {}).setdefault(cell.index, cell)
    scalars: list[Scalar] = []
    tables: list[Grid] = []
    for cells in found.values():
        if len(cells) > FEW:
            tables.append(_table(equation, [*cells.values()], printer, naming))
        else:
            scalars += (_scalar(equation, cell, printer, naming) for cell in cells.values())
    return tuple(scalars), tuple(tables)


def _scalar(equation: Equation, cell: Cell, printer: Printer, naming: Naming) -> Scalar:
    declared = equation.declared(cell.tensor)
    left = printer.latex(Read(cell.tensor, tuple(Num(i) for i in cell.index)))
    return Scalar(
        left, declared.label or declared.meaning, cell.value, naming.links.get(cell.tensor)
    )


def _table(equation: Equation, cells: Sequence[Cell], printer: Printer, naming: Naming) -> Grid:
    """Rows and columns where the elements are a block of the tensor; else one line of them."""
    declared = equation.declared(cells[0].tensor)
    read = _read(equation, cells[0].tensor)
    indices = [*zip(*(cell.index for cell in cells), strict=True)]
    moving = [k for k, own in enumerate(indices) if len(set(own)) > 1]
    places = [sorted(set(indices[k])) for k in moving]
    block = len(moving) == 2 and prod(map(len, places)) == len(cells)
    known = {tuple(cell.index[k] for k in moving): cell for cell in cells}
    if block:
        keys: list[list[tuple[int, ...]]] = [
            [(row, column) for column in places[1]] for row in places[0]
        ]
        rows, columns = (tuple(map(str, own)) for own in places)
    else:
        line = sorted(known)
        keys = [line]
        rows, columns = ("",), tuple(", ".join(map(str, key)) for key in line)
    names = [_name(read, k) for k in moving]
    lines = tuple(
        tuple(GridCell(known[key].value, known[key].padded) for key in line) for line in keys
    )
    return Grid(
        title=declared.label or declared.meaning,
        symbol=printer.latex(read),
        shape=tuple(map(len, places)) if block else (len(cells),),
        row_axis=names[0] if block else "",
        column_axis=names[1] if block else ", ".join(filter(None, names)),
        planes=(Plane("", rows, columns, lines),),
        padded=sum(cell.padded for cell in cells),
        link=naming.links.get(cells[0].tensor),
        parameter=declared.role == "parameter",
    )


def _name(read: Read, axis: int) -> str:
    """The index of the formula along an axis; '' where it is worked out first."""
    index = read.indices[axis]
    return index.name if isinstance(index, Var) else ""


def _read(equation: Equation, tensor: str) -> Read:
    """How the formula reads the tensor, in its conditions too."""
    waiting: list[Expr | Cond] = [equation.body, *(stage.body for stage in equation.stages)]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Read) and node.tensor == tensor:
            return node
        waiting.extend(children(node))
    raise KeyError(tensor)

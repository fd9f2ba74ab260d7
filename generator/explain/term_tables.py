"""All terms of a long sum as files beside the page, for what the page does not list."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

import orjson
import torch
from torch import Tensor

from generator.explanation import TermTable
from generator.formula.expansion import Listed
from generator.formula.terms import Terms, terms
from generator.formula.tree import Equation

PLAIN_ROWS = 1 << 17
"""Terms up to which the file is plain text: some ten megabytes. Of more it is compressed."""

FILE_ROWS = 1 << 20
"""Terms of one compressed file: some 25 megabytes."""

MOST_ROWS = 1 << 22
"""Terms up to which there are files that have them all."""

_AT_ONCE = 1 << 16
"""Rows that are text at a time."""

_LEVEL = 1
"""The fastest compression: digits shrink to a half, and hardly further with four times the work."""
_GZIP = 16 + zlib.MAX_WBITS
"""The format of gzip, with no time in its head: the same terms are the same bytes."""


def term_tables(
    path: str, equation: Equation, operands: Mapping[str, Tensor], listed: Listed
) -> tuple[TermTable, ...]:
    """The terms as comma-separated values; none where they are too many or cannot be told.

    `path` ends in `.csv`; compressed files are called `….csv.gz`, and `….2.csv.gz` from the second
    on.
    """
    if listed.cut is None or len(listed.entries) + listed.omitted > MOST_ROWS:
        return ()
    found = terms(equation, operands, listed)
    if found is None:
        return ()
    names = [*found.axes]
    for name, _ in found.reads:
        again = sum(known.partition(" ")[0] == name for known in names)
        names.append(f"{name} {again + 1}" if again else name)
    head = ",".join([*names, "value"]).encode() + b"\n"
    columns = _columns(found, operands)
    rows = len(found.values)
    if rows <= PLAIN_ROWS:
        return (TermTable(path, b"".join([head, *_lines(columns, 0, rows)]), rows),)
    tables = []
    for number, start in enumerate(range(0, rows, FILE_ROWS), 1):
        stop = min(start + FILE_ROWS, rows)
        name = path if number == 1 else f"{path.removesuffix('.csv')}.{number}.csv"
        data = _compressed([head, *_lines(columns, start, stop)])
        tables.append(TermTable(f"{name}.gz", data, stop - start))
    return tuple(tables)


def _columns(found: Terms, operands: Mapping[str, Tensor]) -> list[Tensor]:
    columns = [*found.indices]
    for name, column in found.reads:
        single = name in operands and operands[name].dtype == torch.float32
        columns.append(column.float() if single else column)
    return [*columns, found.values]


def _lines(columns: list[Tensor], start: int, stop: int) -> Iterator[bytes]:
    """The rows from `start` to `stop` as text, some at a time."""
    for first in range(start, stop, _AT_ONCE):
        texts = [_text(column[first : min(first + _AT_ONCE, stop)]) for column in columns]
        yield b"\n".join([*map(b",".join, zip(*texts, strict=True)), b""])


def _text(column: Tensor) -> list[bytes]:
    """Each number in the fewest digits that give it back."""
    numbers = column.detach().cpu().contiguous().numpy()
    if not bool(column.isfinite().all()):
        return [str(number).encode() for number in numbers.tolist()]
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _compressed(pieces: list[bytes]) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return b"".join([*map(packer.compress, pieces), packer.flush()])

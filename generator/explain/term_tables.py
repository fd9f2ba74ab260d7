"""All terms of a long sum as a file beside the page, for what the page does not list."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import torch
from torch import Tensor

from generator.explanation import TermTable
from generator.formula.expansion import Listed
from generator.formula.terms import terms
from generator.formula.tree import Equation

MOST_ROWS = 1 << 17
"""Terms up to which a file has them all: some ten megabytes."""


def term_table(
    path: str, equation: Equation, operands: Mapping[str, Tensor], listed: Listed
) -> TermTable | None:
    """The terms as comma-separated values; None where they are too many or cannot be told."""
    if listed.cut is None or len(listed.entries) + listed.omitted > MOST_ROWS:
        return None
    found = terms(equation, operands, listed)
    if found is None:
        return None
    names = [*found.axes]
    for name, _ in found.reads:
        again = sum(known.partition(" ")[0] == name for known in names)
        names.append(f"{name} {again + 1}" if again else name)
    columns = [_text(column) for column in found.indices]
    for name, column in found.reads:
        single = name in operands and operands[name].dtype == torch.float32
        columns.append(_text(column.float() if single else column))
    columns.append(_text(found.values))
    lines = [b",".join(row) for row in zip(*columns, strict=True)]
    head = ",".join([*names, "value"]).encode()
    return TermTable(path, b"\n".join([head, *lines, b""]).decode(), len(lines))


def _text(column: Tensor) -> list[bytes]:
    """Each number in the fewest digits that give it back."""
    numbers = column.detach().cpu().contiguous().numpy()
    if not bool(column.isfinite().all()):
        return [str(number).encode() for number in numbers.tolist()]
    return orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")

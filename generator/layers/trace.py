"""y = Σ_i x[i, i]: the sum of a matrix's diagonal."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal, smaller, total
from generator.formula.tree import Equation, Tensor
from generator.layers.dims import input_of
from generator.layers.dtypes import spelled
from generator.layers.factors import COLUMN, ROW
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.trace",
    "torch.Tensor.trace",
    arguments="input",
    title="Trace",
    search=("sum of the diagonal",),
)
def trace(call: Call) -> Formula:
    """The sum of the diagonal, of a matrix of any two lengths."""
    source, result = call.tensors["input"], call.output
    if source.dtype != result.dtype and not (source.integer and result.integer):
        types = f"from {source.dtype} to {result.dtype}"
        raise Refused(f"{spelled(call)} {types}: this conversion is not explained")
    i, j = ROW.at, COLUMN.at
    x = input_of((ROW, COLUMN), integer=source.integer)
    y = Tensor("output", "y", (), "output", "result", integer=result.integer, label="Output")
    rows, columns = call.shape()
    short = min(rows, columns)
    shorter = smaller(ROW.length, COLUMN.length) if rows != columns else ROW.length
    held = wrapped(call, total(i.over(shorter), x[i, i]))
    back = Equation(
        gradient_of(x),
        (i, j),
        bracket(equal(i, j)) * upstream(y)[()],
        (upstream(y),),
    )
    return Formula(
        summary=f"The sum of the {short} elements on the diagonal."
        if short != 1
        else "The one element on the diagonal.",
        forward=Equation(y, (), held.body, (x,)),
        gradients={} if source.integer else {"input": back},
        settings={ROW.length.name: rows, COLUMN.length.name: columns, **held.settings},
        axes={"input": (ROW.name, COLUMN.name), "output": ()},
        notes=held.notes,
        result="sum",
    )


def _of(rows: int, columns: int, dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{rows} by {columns} {dtype}",
        lambda: (torch.trace, (torch.randn(rows, columns).mul(9).to(dtype),), {}),
    )


examples(
    _of(3, 3),
    _of(2, 4),
    _of(4, 2),
    _of(1, 1),
    _of(0, 0),
    _of(0, 3),
    _of(500, 500),
    _of(3, 3, torch.float64),
    _of(3, 3, torch.int64),
    _of(3, 3, torch.int8),
    Example("Tensor.trace", lambda: (torch.Tensor.trace, (torch.randn(3, 3),), {})),
)

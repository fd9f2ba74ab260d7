"""y[i, j] = x[i] z[j]: every product of an element of one vector and one of the other."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.contraction import Contraction
from generator.layers.factors import COLUMN, ROW, factors
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.outer",
    "torch.Tensor.outer",
    "torch.ger",
    "torch.Tensor.ger",
    arguments="input, vec2",
    title="Outer product",
    search=("ger", "rank-one matrix", "tensor product"),
    complex_=True,
)
def outer(call: Call) -> Formula:
    """The matrix of all products of two vectors."""
    both = factors(("input", (ROW,)), ("vec2", (COLUMN,)))
    contraction = Contraction(call, both, (ROW, COLUMN))
    return Formula(
        summary="Each element is the product of one element of each vector.",
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        notes=contraction.notes(),
        indices=contraction.counts,
        result="product",
    )


def _of(
    function: Callable[..., object], rows: int, columns: int, dtype: torch.dtype = torch.float32
) -> Example:
    return Example(
        f"{function.__name__} {rows} by {columns} {dtype}",
        lambda: (function, (torch.randn(rows, dtype=dtype), torch.randn(columns, dtype=dtype)), {}),
    )


examples(
    _of(torch.outer, 3, 4),
    _of(torch.Tensor.outer, 1, 1),
    _of(torch.outer, 0, 4),
    _of(torch.ger, 300, 20),
    _of(torch.Tensor.ger, 3, 2, torch.complex64),
    _of(torch.outer, 3, 2, torch.float16),
    Example("of whole numbers", lambda: (torch.outer, (torch.arange(4), torch.arange(3)), {})),
)

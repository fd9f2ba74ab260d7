"""y[i, j] = Σ_k Σ_l x¹[i, k] x²[k, l] x³[l, j]: the product of several matrices."""

from __future__ import annotations

import torch

from generator.layers.contraction import Contraction
from generator.layers.factors import COLUMN, ROW, axis, factors
from generator.layers.registry import Call, Example, Formula, Note, Placed, examples, explains

_ORDER = Note(
    "The order is torch's",
    "Products of matrices may be multiplied in any order with the same result; torch takes the one "
    "with the fewest multiplications. The formula here is the sum that all of them come to.",
)


@explains(
    "torch.linalg.multi_dot",
    arguments="tensors",
    title="Product of several matrices",
    search=("multi_dot", "matrix chain"),
    complex_=True,
)
@explains(
    "torch.chain_matmul",
    arguments="*tensors",
    title="Product of several matrices",
    search=("chain_matmul", "matrix chain"),
    complex_=True,
)
def multi_dot(call: Call) -> Formula:
    """The product of matrices; a vector may stand at either end."""
    given = call.options["tensors"]
    assert isinstance(given, list | tuple)
    matrices = [m.name for m in given if isinstance(m, Placed)]
    links = [axis(f"inner {k}", f"k_{k}", f"K_{k}") for k in range(1, len(matrices))]
    ends = [ROW, *links, COLUMN]
    placed = [(name, (ends[k], ends[k + 1])) for k, name in enumerate(matrices)]
    vector_first = len(call.shape(matrices[0])) == 1
    vector_last = len(call.shape(matrices[-1])) == 1
    axes = [
        (name, own[vector_first and k == 0 : 1 if vector_last and k == len(placed) - 1 else 2])
        for k, (name, own) in enumerate(placed)
    ]
    rows, columns = () if vector_first else (ROW,), () if vector_last else (COLUMN,)
    contraction = Contraction(call, factors(*axes), (*rows, *columns))
    return Formula(
        summary=f"The matrix product of the {len(matrices)} operands, one after the other."
        if len(matrices) > 1
        else "The only operand as it is.",
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        multiply_adds=contraction.multiply_adds,
        notes=(_ORDER,) if len(matrices) > 2 else (),
        indices=contraction.counts,
    )


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{shapes} {dtype}",
        lambda: (torch.linalg.multi_dot, ([torch.randn(s, dtype=dtype) for s in shapes],), {}),
    )


examples(
    _of((2, 3), (3, 4)),
    _of((2, 3), (3, 4), (4, 2)),
    _of((2, 3), (3, 4), (4, 2), (2, 3)),
    _of((3,), (3, 4), (4, 2)),
    _of((2, 3), (3, 4), (4,)),
    _of((3,), (3, 4), (4,)),
    _of((3,), (3,)),
    _of((5, 20), (20, 30), (30, 5)),
    _of((2, 3), (3, 4), (4, 2), dtype=torch.complex64),
    Example(
        "chain_matmul",
        lambda: (torch.chain_matmul, tuple(torch.randn(3, 3) for _ in range(3)), {}),
    ),
)

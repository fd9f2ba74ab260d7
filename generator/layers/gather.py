"""y[k, j] = x[p[k, j], j]: along one axis, each output reads where an index tensor says."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.along import POINTS, Along
from generator.layers.dtypes import refuse_unless
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_PART = Note(
    "Fewer indices than elements",
    "Where the index tensor is shorter than the input along another axis, the input's elements "
    "beyond its end are not read.",
)


@explains(
    "torch.gather",
    "torch.Tensor.gather",
    arguments="input, dim, index, sparse_grad=False",
    title="Gather",
    search=("advanced indexing", "pick along an axis", "torch.gather"),
)
def gather(call: Call) -> Formula:
    """Elements at given indices along the axis `dim`."""
    refuse_unless(False, call, "sparse_grad")
    along = Along.of(call, line=False)
    return Formula(
        summary=f"Each output is the input's value at the index along axis {along.place} that "
        "the index tensor has there; all other indices are the output's own.",
        forward=along.gathered(),
        gradients={} if call.output.integer else {"input": along.scattered()},
        settings=along.settings,
        axes=along.named(),
        notes=(_PART,) if along.bounds else (),
        indices=POINTS,
    )


def _gather(shape: tuple[int, ...], dim: int, *indices: int) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        rows = shape[dim] if shape else 1
        return torch.gather, (torch.randn(shape), dim, torch.randint(rows, indices)), {}

    return Example(f"gather {shape}, axis {dim}, {indices}", run)


examples(
    _gather((3, 4), 0, 2, 4),
    _gather((3, 4), 1, 3, 6),
    _gather((3, 4), -1, 2, 1),
    _gather((2, 3, 4), 1, 2, 5, 4),
    _gather((2, 3, 4), 1, 1, 2, 3),
    _gather((2, 3, 4, 5), 2, 2, 2, 2, 2),
    _gather((5,), 0, 30),
    _gather((5,), 0, 0),
    _gather((3, 4), 0, 0, 4),
    _gather((3, 4), 0, 2, 0),
    _gather((5,), 0),
    _gather((), 0),
    _gather((), 0, 3),
    Example(
        "Tensor.gather by keywords",
        lambda: (
            torch.Tensor.gather,
            (torch.randn(2, 3),),
            {"dim": 1, "index": torch.tensor([[2], [0]])},
        ),
    ),
    Example(
        "whole numbers",
        lambda: (torch.gather, (torch.arange(12).reshape(3, 4), 0, torch.randint(3, (2, 4))), {}),
    ),
    Example(
        "truth values",
        lambda: (torch.gather, (torch.rand(3, 4) > 0.5, 0, torch.randint(3, (2, 4))), {}),
    ),
    Example(
        "bfloat16",
        lambda: (
            torch.gather,
            (torch.randn(3, 2, dtype=torch.bfloat16), 0, torch.randint(3, (9, 2))),
            {},
        ),
    ),
)

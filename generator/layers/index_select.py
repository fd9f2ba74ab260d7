"""y[k, j] = x[p[k], j]: whole slices of the input, in the order of a list of indices."""

from __future__ import annotations

import torch

from generator.layers.along import POINTS, Along
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.index_select",
    "torch.Tensor.index_select",
    arguments="input, dim, index",
    title="Index select",
    search=("pick rows", "advanced indexing", "torch.index_select"),
)
def index_select(call: Call) -> Formula:
    """Slices along the axis `dim`, one for each index."""
    along = Along.of(call, line=True)
    count = along.settings["K"]
    return Formula(
        summary=f"{count} slice{'' if count == 1 else 's'} along axis {along.place} of the input, "
        "one for each index, in the order of the indices.",
        forward=along.gathered(),
        gradients={} if call.output.integer else {"input": along.scattered()},
        settings=along.settings,
        axes=along.named(),
        indices=POINTS,
    )


def _select(shape: tuple[int, ...], dim: int, *indices: int) -> Example:
    return Example(
        f"index_select {shape}, axis {dim}, {indices}",
        lambda: (torch.index_select, (torch.randn(shape), dim, torch.tensor(indices).long()), {}),
    )


examples(
    _select((3, 4), 0, 2, 0),
    _select((3, 4), 1, 1, 1, 3, 0, 1),
    _select((2, 3, 4), -2, 2),
    _select((2, 3, 4, 2), 3, 1, 0),
    _select((5,), 0, 4, 4, 4),
    _select((5,), 0),
    _select((0, 3), 1, 2, 2),
    _select((), 0, 0),
    Example(
        "an index without axes",
        lambda: (torch.index_select, (torch.randn(3, 2), 0, torch.tensor(1)), {}),
    ),
    Example(
        "a vector, an index without axes",
        lambda: (torch.index_select, (torch.randn(3), 0, torch.tensor(1)), {}),
    ),
    Example(
        "whole numbers",
        lambda: (
            torch.Tensor.index_select,
            (torch.arange(6).reshape(2, 3), 1, torch.tensor([2, 2])),
            {},
        ),
    ),
    Example(
        "many, in float16",
        lambda: (torch.index_select, (torch.randn(3, 2).half(), 0, torch.randint(3, (40,))), {}),
    ),
)

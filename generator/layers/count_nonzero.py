"""y = Σ [x ≠ 0]: how many elements are not zero, over some axes or over all."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.count_nonzero",
    "torch.Tensor.count_nonzero",
    arguments="input, dim=None",
    title="Number of nonzeros",
    search=("count_nonzero", "sparsity", "L0"),
)
def count_nonzero(call: Call) -> Formula:
    """How many elements over the axes `dim` are not 0."""
    over = reduced(call)
    count = over.sum_of(bracket(unequal(over.value, 0)))
    return Formula(
        summary=f"{over.each} says how many of {over.values} are not zero, {over.over}.",
        forward=over.forward(count),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        result="count",
    )


def _count_nonzero(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"count_nonzero {shape}, {args}, {options}",
        lambda: (torch.count_nonzero, (torch.randint(0, 2, shape), *args), options),
    )


examples(
    _count_nonzero((2, 3, 4), (0, 2)),
    _count_nonzero((2, 3, 4), -1),
    _count_nonzero((2, 3, 4)),
    _count_nonzero((5,), 0),
    _count_nonzero(()),
    _count_nonzero((3, 1), 1),
    _count_nonzero((2, 0), 1),
    _count_nonzero((0, 3), 0),
    _count_nonzero((3, 400), 1),
    Example("of bool", lambda: (torch.Tensor.count_nonzero, (torch.rand(9, 4) > 0.3, 1), {})),
    Example("of uint8", lambda: (torch.count_nonzero, (torch.randint(0, 2, (9, 3)).byte(), 1), {})),
    Example("of floats", lambda: (torch.count_nonzero, (torch.randn(3, 4).relu(), 0), {})),
    Example(
        "of NaN",
        lambda: (torch.count_nonzero, (torch.tensor([[torch.nan, 0.0], [0.0, 1.0]]), 1), {}),
    ),
    Example("of float16", lambda: (torch.count_nonzero, (torch.randn(3, 4).relu().half(), 1), {})),
)

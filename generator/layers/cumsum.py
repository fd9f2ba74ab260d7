"""y_i = Σ x_k over k ≤ i: the running sum along an axis."""

from __future__ import annotations

import torch

from generator.formula.build import total
from generator.formula.tree import Expr
from generator.layers.over_axes import refuse_whole
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.running import running
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.cumsum",
    "torch.Tensor.cumsum",
    "torch.Tensor.cumsum_",
    arguments="input, dim, dtype=None",
    title="Cumulative sum",
    search=("running sum", "prefix sum", "scan", "partial sums"),
)
def cumsum(call: Call) -> Formula:
    """The sum of all elements up to each one along the axis `dim`."""
    refuse_whole(call)
    run = running(call)
    forward: Expr = run.value()
    gradient: Expr = run.g()
    if run.axes:
        forward = total(run.before, run.value(run.other))
        gradient = total(run.after, run.g(run.other))
    held = wrapped(call, forward)
    return run.formula(
        "the sum of all values",
        run.forward(held.body),
        run.gradients(gradient),
        result="sum",
        notes=held.notes,
        numbers=held.settings,
    )


def _cumsum(shape: tuple[int, ...], dim: int, **options: object) -> Example:
    return Example(
        f"cumsum {shape}, {dim}, {options}",
        lambda: (torch.cumsum, (torch.randn(shape), dim), options),
    )


examples(
    _cumsum((2, 3, 4), 0),
    _cumsum((2, 3, 4), 1),
    _cumsum((2, 3, 4, 2), -1),
    _cumsum((7,), 0),
    _cumsum((), 0),
    _cumsum((3, 1), 1),
    _cumsum((0, 3), 0),
    _cumsum((2, 300), 1),
    _cumsum((3, 4), 1, dtype=torch.float64),
    Example("Tensor.cumsum", lambda: (torch.Tensor.cumsum, (torch.rand(3, 40), 0), {})),
    Example("of int16", lambda: (torch.cumsum, (torch.full((3, 40), 30000).short(), 1), {})),
    Example(
        "in int16",
        lambda: (torch.cumsum, (torch.randint(30000, (3, 9)), 1), {"dtype": torch.int16}),
    ),
    Example("of bool", lambda: (torch.cumsum, (torch.rand(3, 40) > 0.5, 1), {})),
    Example(
        "of int64 in float32",
        lambda: (torch.cumsum, (torch.randint(2**40, (3, 9)), 1), {"dtype": torch.float32}),
    ),
    Example("of float16", lambda: (torch.cumsum, (torch.randn(3, 40).half(), 1), {})),
)

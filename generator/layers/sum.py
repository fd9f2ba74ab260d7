"""y = Σ x: the sum over some axes, or over all."""

from __future__ import annotations

import torch

from generator.layers.over_axes import reduced, refuse_whole
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.sum",
    "torch.Tensor.sum",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Sum",
    search=("total", "reduction"),
)
def sum_(call: Call) -> Formula:
    """The sum over the axes `dim`."""
    refuse_whole(call)
    over = reduced(call, coarser=True)
    held = wrapped(call, over.total)
    return Formula(
        summary=f"{over.each} is the sum of {over.values}, {over.over}.",
        forward=over.forward(held.body),
        gradients=over.gradients(over.g),
        settings={**over.settings, **held.settings},
        axes=over.named,
        sizes=over.sizes,
        notes=(*_notes(call), *held.notes),
        result="sum",
    )


def _notes(call: Call) -> tuple[Note, ...]:
    if call.tensors["input"].dtype != "bool":
        return ()
    return (Note("Truth values are counted", "True is added as 1, False as 0."),)


def _sum(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"sum {shape}, {args}, {options}",
        lambda: (torch.sum, (torch.randn(shape), *args), options),
    )


def _cancelling() -> torch.Tensor:
    x = 1e3 * torch.randn(4, 200)
    return torch.cat([x, 1e-3 - x], dim=1)


examples(
    _sum((2, 3, 4, 5), (2, 3)),
    _sum((2, 3, 4, 5), [1, -1], True),
    _sum((2, 3, 4, 5), 0),
    _sum((2, 3, 4, 5)),
    _sum((2, 3, 5), -1, keepdim=True),
    _sum((2, 1, 3), 1),
    _sum((2, 3), ()),
    _sum((2, 3), dtype=torch.float32),
    _sum((5,), 0),
    _sum(()),
    _sum((0, 3), 0),
    _sum((2, 0), 1),
    _sum((3, 1000), 1),
    _sum((1000, 3), 0),
    _sum((30, 20, 10)),
    Example("of int64", lambda: (torch.sum, (torch.arange(-3, 9).reshape(3, 4), 1), {})),
    Example("of int8", lambda: (torch.sum, (torch.full((5, 200), 127).char(), 1), {})),
    Example(
        "in int8",
        lambda: (torch.sum, (torch.randint(-99, 99, (5, 20)), 1), {"dtype": torch.int8}),
    ),
    Example("of bool", lambda: (torch.Tensor.sum, (torch.rand(3, 40) > 0.4, 1), {})),
    _sum((3, 40), 1, dtype=torch.float64),
    Example(
        "of float64 in float32",
        lambda: (torch.sum, (torch.randn(3, 40).double(), 1), {"dtype": torch.float32}),
    ),
    Example(
        "of int64 in float32",
        lambda: (torch.sum, (torch.randint(2**40, (3, 40)), 1), {"dtype": torch.float32}),
    ),
    Example("of float16", lambda: (torch.sum, (torch.randn(3, 40).half(), 1), {})),
    Example("of bfloat16", lambda: (torch.sum, (torch.randn(3, 40).bfloat16(), 1), {})),
    Example("one sign", lambda: (torch.Tensor.sum, (torch.rand(3, 500), 1), {})),
    Example("cancelling", lambda: (torch.Tensor.sum, (_cancelling(), 1), {})),
)

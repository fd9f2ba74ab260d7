"""y[k] = x at the k-th position at which a mask holds, counted row by row."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import cases, total
from generator.formula.tree import Equation, Expr, Num
from generator.layers.axes import at, names
from generator.layers.dims import output_of
from generator.layers.masked import PLACE, Masked, positions
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.masked_select",
    "torch.Tensor.masked_select",
    arguments="input, mask",
    title="Masked select",
    search=("boolean indexing", "filter", "x[mask]", "torch.masked_select"),
    draw=positions,
)
def masked_select(call: Call) -> Formula:
    """The elements of the input at which the mask holds, as one list."""
    masked = Masked.of(call)
    y = output_of((PLACE,), integer=call.output.integer)
    g = upstream(y)
    source = masked.full.operands["input"]
    sent: Expr = cases((masked.holds, g[masked.before]), otherwise=0)
    if source.repeated:
        sent = total(source.repeated, g[masked.before], masked.holds)
    if not call.output.shape[0]:
        sent = Num(0)
    gradient = Equation(gradient_of(masked.x), source.at, sent, (g, masked.m, masked.r))
    count = call.output.shape[0]
    return Formula(
        summary=f"The {count} value{'' if count == 1 else 's'} at which the mask holds, as one "
        "list, row by row.",
        forward=Equation(y, at((PLACE,)), masked.selected, (masked.x, masked.p)),
        gradients={} if call.output.integer else {"input": gradient},
        settings={**masked.full.settings, "K": count},
        axes={**masked.full.named, "output": names((PLACE,))},
        notes=masked.full.notes(),
        indices={"k": "place in the output"},
    )


def _select(shape: tuple[int, ...], *mask: int, share: float = 0.5) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return torch.masked_select, (torch.randn(shape), torch.rand(mask) < share), {}

    return Example(f"masked_select {shape}, {mask}, {share}", run)


examples(
    _select((6,), 6),
    _select((3, 4), 3, 4),
    _select((2, 3, 4), 2, 3, 4),
    _select((3, 4), 4),
    _select((3, 4), 3, 1),
    _select((4,), 3, 4),
    _select((1, 4), 3, 1),
    _select((), 3),
    _select((3,), share=1.0),
    _select((), share=1.0),
    _select((3, 4), 3, 4, share=0.0),
    _select((3, 4), 3, 4, share=1.0),
    Example(
        "whole numbers",
        lambda: (torch.Tensor.masked_select, (torch.arange(6), torch.arange(6) % 2 == 0), {}),
    ),
    Example(
        "bfloat16",
        lambda: (torch.masked_select, (torch.randn(9).bfloat16(), torch.rand(9) < 0.5), {}),
    ),
)

"""(min x, max x) over one axis, or over all."""

from __future__ import annotations

from functools import reduce
from operator import add

import torch

from generator.formula.tree import Equation, Expr, Stage, Tensor
from generator.layers.extremes import Kind, extreme, shared_equally, ties_share
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Output, examples, explains
from generator.layers.tensors import upstream


@explains(
    "torch.aminmax",
    "torch.Tensor.aminmax",
    arguments="input, dim=None, keepdim=False",
    title="Minimum and maximum",
    search=("aminmax", "range of values"),
)
def aminmax(call: Call) -> Formula:
    """The smallest and the largest element over the axis `dim`."""
    over = reduced(call)
    high = over.result(1, "z", "largest element", "Max")
    kinds: dict[Kind, Tensor] = {"min": over.y, "max": high}
    arriving = [k for k, arrives in zip(kinds, call.reached, strict=True) if arrives]
    parts: list[Expr] = []
    stages: tuple[Stage, ...] = ()
    for kind in arriving:
        part, needed = shared_equally(over, kind, kinds[kind])
        parts.append(part)
        stages += needed
    given = tuple(upstream(kinds[kind]) for kind in arriving)
    largest = Equation(high, over.at, extreme(over, "max"), (over.x,), shared=True)
    return Formula(
        summary=f"The smallest and the largest of {over.values}, {over.over}.",
        forward=over.forward(extreme(over, "min"), shared=True),
        gradients=over.gradients(reduce(add, parts), stages=stages, given=given) if parts else {},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=ties_share(call, "min"),
        result="min value",
        others=(Output("max", largest, over.output_axes),),
    )


def _aminmax(shape: tuple[int, ...], **options: object) -> Example:
    return Example(
        f"aminmax {shape}, {options}",
        lambda: (torch.aminmax, (torch.randn(shape),), options),
    )


examples(
    _aminmax((2, 3, 4), dim=1),
    _aminmax((2, 3, 4)),
    _aminmax((2, 3, 4), dim=-1, keepdim=True),
    _aminmax((5,), dim=0),
    _aminmax(()),
    _aminmax((3, 1), dim=1),
    Example("ties", lambda: (torch.aminmax, (torch.randint(0, 3, (4, 9)).float(),), {"dim": 1})),
    Example("all equal", lambda: (torch.Tensor.aminmax, (torch.ones(4, 3),), {"dim": 1})),
    Example("of int64", lambda: (torch.aminmax, (torch.randint(0, 9, (4, 9)),), {"dim": 0})),
)

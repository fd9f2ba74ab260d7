"""y = Σ x: the sum over some axes, or over all."""

from __future__ import annotations

import torch

from generator.formula.tree import Equation
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.sum",
    "torch.Tensor.sum",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Sum",
    search=("total", "reduction"),
)
def sum_(call: Call) -> Formula:
    """The sum over the axes `dim`."""
    over = reduced(call)
    return Formula(
        summary=f"Each output is the sum of {over.values}, {over.over}.",
        forward=Equation(over.y, over.at, over.total, (over.x,)),
        gradients={
            "input": Equation(gradient_of(over.x), over.inside, over.g, (upstream(over.y),))
        },
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        result="sum",
    )


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
    Example("one sign", lambda: (torch.Tensor.sum, (torch.rand(3, 500), 1), {})),
    Example("cancelling", lambda: (torch.Tensor.sum, (_cancelling(), 1), {})),
)

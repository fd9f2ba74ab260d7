"""y[i, j] = x[i, j] where j - i ≤ k, and 0 above: one triangle of a matrix."""

from __future__ import annotations

import torch

from generator.formula.build import cases
from generator.formula.tree import Cond, Sym
from generator.layers.axes import at
from generator.layers.dims import dims, whole
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_SEARCH = ("triangular", "triangle", "causal mask", "movement of data")


@explains(
    "torch.tril",
    "torch.Tensor.tril",
    "torch.Tensor.tril_",
    arguments="input, diagonal=0",
    title="Lower triangle",
    search=_SEARCH,
)
def tril(call: Call) -> Formula:
    """What lies on the diagonal and below it."""
    return _triangle(call, lower=True)


@explains(
    "torch.triu",
    "torch.Tensor.triu",
    "torch.Tensor.triu_",
    arguments="input, diagonal=0",
    title="Upper triangle",
    search=_SEARCH,
)
def triu(call: Call) -> Formula:
    """What lies on the diagonal and above it."""
    return _triangle(call, lower=False)


def _triangle(call: Call, *, lower: bool) -> Formula:
    axes = dims(len(call.shape()))
    if len(axes) < 2:
        raise Refused(f"{spelled(call)} of a tensor of {len(axes)} axes is not explained")
    offset = whole(call, "diagonal")
    moved = Movement(call, axes, axes)
    row, column = at(axes)[-2:]
    k = Sym("k", "k", "diagonal: 0 is the main one, 1 the one above it")
    kept: Cond = column - row <= k if lower else column - row >= k
    which = "main diagonal" if offset == 0 else f"diagonal {offset}"
    side = "below" if lower else "above"
    return moved.formula(
        f"Values on the {which} and {side} it stay, all others become 0.",
        cases((kept, moved.there), otherwise=0),
        cases((kept, moved.here), otherwise=0),
        settings={"k": offset},
    )


def _example(name: str, shape: tuple[int, ...], *args: int) -> Example:
    return Example(
        f"{name} {shape}, {args}",
        lambda: (getattr(torch, name), (torch.randn(shape), *args), {}),
    )


examples(
    *(_example(name, (3, 4), k) for name in ("tril", "triu") for k in (-5, -1, 0, 1, 5)),
    _example("tril", (2, 2, 3, 3)),
    _example("triu", (2, 3, 3), 1),
    _example("tril", (1, 1)),
    _example("tril", (0, 3)),
    Example("Tensor.triu", lambda: (torch.Tensor.triu, (torch.randn(3, 3),), {"diagonal": 1})),
    Example("truth values", lambda: (torch.tril, (torch.ones(3, 3, dtype=torch.bool),), {})),
    Example("whole numbers", lambda: (torch.triu, (torch.arange(9).view(3, 3),), {})),
    Example("float16", lambda: (torch.triu, (torch.randn(3, 3).half(),), {})),
    Example(
        "infinite values",
        lambda: (torch.triu, (torch.full((3, 3), -torch.inf),), {"diagonal": 1}),
    ),
)

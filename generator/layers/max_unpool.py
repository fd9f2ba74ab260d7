"""y[p] = the input that has the index p, otherwise 0: each value back to where its maximum was."""

from __future__ import annotations

import re
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import argmax, bracket, equal
from generator.formula.tree import Equation, Expr, Range, Stage, Tensor, add, mul
from generator.layers.dtypes import refuse_types
from generator.layers.pooling import Layout, short
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.windows import axes, for_each_axis

_LOST = Note(
    "Not everything comes back",
    "Max pooling has thrown away all but the largest value of each window; in its place is 0 here.",
)


def max_unpool(call: Call) -> Formula:
    """The inverse of max pooling as far as there is one, over one to three spatial axes."""
    refuse_types(call)
    found = re.search(r"(\d)d", call.type)
    assert found is not None, call.type
    rank = int(found[1])
    shape, output = call.shape(), call.output.shape
    if call.shape("indices") != shape or len(shape) - rank not in {1, 2}:
        raise Refused(f"{short(call)} of an input of shape {list(shape)} is not explained")
    _refuse_overlap(call, rank)
    # the output has the positions h, the input, which has a window each, the positions u
    layout = Layout(axes(rank), batch=len(shape) == rank + 2)
    parts = _Parts(layout)
    names = layout.names
    return Formula(
        summary="Each value goes where its index says, counted row by row in the output's "
        "channel; everything else is 0.",
        forward=parts.forward(),
        gradients={"input": parts.gradient()},
        settings={
            **layout.leading(call),
            **{a.count.name: n for a, n in zip(layout.axes, output[-rank:], strict=True)},
            **{a.length.name: n for a, n in zip(layout.axes, shape[-rank:], strict=True)},
        },
        axes=dict.fromkeys(("input", "indices", "output"), names),
        notes=(_LOST,),
        indices=layout.indices,
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.MaxUnpool{_rank}d",
        f"torch.nn.functional.max_unpool{_rank}d",
        arguments="input, indices, kernel_size, stride=None, padding=0, output_size=None",
        title=f"Max unpooling, {_rank}d",
        search=("upsampling", "SegNet", f"nn.MaxUnpool{_rank}d", f"F.max_unpool{_rank}d"),
    )(max_unpool)


def _refuse_overlap(call: Call, rank: int) -> None:
    """Windows that overlap give an index twice, where torch's gradient is no derivative."""
    kernel, stride = call.options["kernel_size"], call.options["stride"]
    what = f"{short(call)}: kernel_size"
    extents = for_each_axis(kernel, rank, what)
    steps = extents if stride in (None, (), []) else for_each_axis(stride, rank, what)
    if any(k > s for k, s in zip(extents, steps, strict=True)):
        raise Refused(f"{short(call)}: windows that overlap are not explained")


class _Parts:
    """The tensors of one call."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.x = Tensor("input", "x", layout.lengths, "input of the layer", label="Input")
        meaning = "where each value goes in its channel, counted row by row from 0"
        self.p = Tensor("indices", "p", layout.lengths, meaning, integer=True, label="Indices")
        self.y = Tensor("output", "y", layout.counts, "output of the layer", "result")

    def forward(self) -> Equation:
        layout = self.layout
        spans: list[Range] = [a.source.over(a.length) for a in layout.axes]
        flat = _row_major([(a.at, a.count) for a in layout.axes])
        place = _row_major([(a.source, a.length) for a in layout.axes])
        # the last hit has the largest number; without any hit all are 0, and the first counts
        hit = bracket(equal(self.p[layout.source], flat)) * (place + 1)
        declared = Tensor(
            "last",
            "q",
            layout.counts,
            "which input goes there, counted row by row from 0",
            "stage",
            integer=True,
        )
        position = declared[layout.window]
        sources: list[Expr] = []
        rest: Expr = position
        for axis in reversed(layout.axes[1:]):
            sources.append(rest % axis.length)
            rest = rest // axis.length
        at = layout.at(rest, *reversed(sources))
        body = self.x[at] * bracket(equal(self.p[at], flat))
        stage = Stage(declared, layout.window, argmax(spans, hit))
        return Equation(self.y, layout.window, body, (self.x, self.p), (stage,))

    def gradient(self) -> Equation:
        """∂L/∂x_u = ∂L/∂y at the place p_u."""
        layout, g = self.layout, upstream(self.y)
        rest: Expr = self.p[layout.source]
        places: list[Expr] = []
        for axis in reversed(layout.axes[1:]):
            places.append(rest % axis.count)
            rest = rest // axis.count
        body = g[layout.at(rest, *reversed(places))]
        return Equation(gradient_of(self.x), layout.source, body, (g, self.p))


def _row_major(pairs: list[tuple[Expr, Expr]]) -> Expr:
    """A position as one number, from its index and length along each axis."""
    return add(*(mul(*(n for _, n in pairs[k + 1 :]), at) for k, (at, _) in enumerate(pairs)))


def _pooled(
    rank: int, shape: tuple[int, ...], *options: object, size: tuple[int, ...] | None = None
) -> Example:
    """The values and indices of max pooling; `size` is the output_size that is asked for."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        pool = getattr(F, f"max_pool{rank}d")
        values, indices = pool(torch.randn(shape), *options, return_indices=True)
        layer = getattr(nn, f"MaxUnpool{rank}d")(*options)
        return layer, (values, indices), {} if size is None else {"output_size": size}

    return Example(f"MaxUnpool{rank}d{options} to {shape}, {size}", run)


examples(
    _pooled(2, (2, 3, 4, 6), 2),
    _pooled(2, (3, 4, 4), 2),
    _pooled(2, (1, 2, 7, 7), 2, 3, size=(7, 7)),
    _pooled(2, (1, 2, 6, 6), 2, 2, 1),
    _pooled(2, (1, 2, 5, 7), 2, size=(5, 7)),
    _pooled(1, (2, 3, 8), 2),
    _pooled(1, (3, 8), 4),
    _pooled(3, (1, 2, 4, 2, 4), 2),
    Example(
        "F.max_unpool2d",
        lambda: (F.max_unpool2d, (torch.randn(1, 1, 1, 2), torch.tensor([[[[5, 2]]]]), 2), {}),
    ),
)

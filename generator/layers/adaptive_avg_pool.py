r"""y[n, c, h, w] = the mean of x[n, c, u, v] over ⌊hH/H'⌋ ≤ u < ⌈(h+1)H/H'⌉, and v likewise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Div, Equation, Expr, Stage, Tensor, mul
from generator.layers.adaptive_windows import Adaptive, Share, adaptive, notes, summary
from generator.layers.pooling import Layout, short
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream


def adaptive_avg_pool(call: Call) -> Formula:
    """The means of a given number of windows, over one to three spatial axes."""
    if call.tensors["input"].integer:
        message = f"{short(call)} of {call.tensors['input'].dtype}: rounding is not explained"
        raise Refused(message)
    found = adaptive(call)
    means = _Means(found, _cells(found.layout, found.shares))
    layout = found.layout
    x = Tensor("input", "x", layout.lengths, "input of the layer", label="Input Receptive Field")
    y = Tensor("output", "y", layout.counts, "output of the layer", "result")
    return Formula(
        summary=f"{summary('the mean', found.lengths, found.counts)}.",
        forward=_forward(means, x, y),
        gradients={"input": _gradient(means, x, y)},
        settings=found.settings(call),
        axes={"input": layout.names, "output": layout.names},
        notes=notes(found.lengths, found.counts),
        result="average value",
        indices=layout.indices,
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.AdaptiveAvgPool{_rank}d",
        f"torch.nn.functional.adaptive_avg_pool{_rank}d",
        *((f"torch.adaptive_avg_pool{_rank}d",) if _rank == 1 else ()),
        arguments="input, output_size",
        title=f"Adaptive average pooling, {_rank}d",
        search=(
            "global average pooling",
            f"nn.AdaptiveAvgPool{_rank}d",
            f"F.adaptive_avg_pool{_rank}d",
        ),
    )(adaptive_avg_pool)


@dataclass(frozen=True)
class _Means:
    """One configuration: what is averaged, and what the sums are divided by."""

    windows: Adaptive
    cells: Stage
    """The number of cells of each window."""

    @property
    def layout(self) -> Layout:
        """The axes."""
        return self.windows.layout

    @property
    def shares(self) -> tuple[Share, ...]:
        """How each axis is shared."""
        return self.windows.shares

    @property
    def share(self) -> Expr:
        """What each cell of the window at hand has in its mean: 1 / R."""
        return 1 / self.cells.tensor[self.cells.indices]

    def arithmetic(self, dividend: Expr) -> Expr | None:
        """A mean as torch computes it: divided by the window's height, then by its width.

        A whole channel it takes for an ordinary mean, and multiplies with 1 / count.
        """
        if set(self.windows.counts) == {1}:
            return None
        for share in self.shares:
            dividend = Div(dividend, share.cells)
        return dividend


def _cells(layout: Layout, shares: Sequence[Share]) -> Stage:
    declared = Tensor(
        "cells",
        "R",
        tuple(a.count for a in layout.axes),
        "number of cells of the window",
        "stage",
        integer=True,
        label="Cells of the Window",
    )
    return Stage(declared, tuple(a.at for a in layout.axes), mul(*(s.cells for s in shares)))


def _forward(means: _Means, x: Tensor, y: Tensor) -> Equation:
    layout = means.layout
    summed = total((s.span for s in means.shares), x[layout.source])
    arithmetic = means.arithmetic(summed)
    return Equation(y, layout.window, means.share * summed, (x,), (means.cells,), arithmetic)


def _gradient(means: _Means, x: Tensor, y: Tensor) -> Equation:
    """Every window that has an element sends back an equal share of its own gradient."""
    g = upstream(y)
    covering = [s.covering for s in means.shares]
    element = g[means.layout.window]
    exact = means.arithmetic(element)
    return Equation(
        gradient_of(x),
        means.layout.source,
        # where windows differ, all of this depends on the window
        total(covering, means.share * element),
        (g,),
        (means.cells,),
        None if exact is None else total(covering, exact),
    )


def _example(name: str, layer: Callable[..., object], *shape: int) -> Example:
    return Example(name, lambda: (layer, (torch.randn(shape),), {}))


def _call(function: Callable[..., object], shape: tuple[int, ...], size: object) -> Example:
    return Example(
        f"{function.__name__}({size}), input {shape}",
        lambda: (function, (torch.randn(shape), size), {}),
    )


def _far_from_zero(layer: Callable[..., object], *shape: int) -> Example:
    return Example("values near -1000", lambda: (layer, (torch.randn(shape) - 1000,), {}))


examples(
    _example("global", nn.AdaptiveAvgPool2d(1), 2, 3, 5, 6),
    _example("global, as ResNet's", nn.AdaptiveAvgPool2d((1, 1)), 2, 16, 7, 7),
    _example("equal windows", nn.AdaptiveAvgPool2d(2), 2, 3, 4, 6),
    _example("unequal windows", nn.AdaptiveAvgPool2d(3), 2, 3, 7, 8),
    _example("unequal along one axis", nn.AdaptiveAvgPool2d((2, 3)), 1, 2, 6, 7),
    _example("None keeps the height", nn.AdaptiveAvgPool2d((None, 2)), 1, 2, 3, 6),
    _example("None keeps the width", nn.AdaptiveAvgPool2d((2, None)), 1, 2, 5, 3),
    _example("None twice", nn.AdaptiveAvgPool2d((None, None)), 1, 2, 3, 3),
    _example("larger than the input", nn.AdaptiveAvgPool2d(5), 1, 2, 3, 2),
    _example("twice as large", nn.AdaptiveAvgPool2d((4, 6)), 1, 1, 2, 3),
    _example("one row in, three out", nn.AdaptiveAvgPool2d((3, 1)), 2, 1, 1, 4),
    _example("one window high", nn.AdaptiveAvgPool2d((1, 4)), 2, 2, 5, 6),
    _example("unbatched", nn.AdaptiveAvgPool2d((2, 3)), 3, 5, 7),
    _example("unbatched, global", nn.AdaptiveAvgPool2d(1), 3, 5, 7),
    _example("larger", nn.AdaptiveAvgPool2d((5, 7)), 2, 4, 24, 32),
    _example("global, larger", nn.AdaptiveAvgPool2d(1), 2, 4, 32, 33),
    _far_from_zero(nn.AdaptiveAvgPool2d(1), 2, 4, 14, 14),
    _far_from_zero(nn.AdaptiveAvgPool2d(3), 2, 2, 14, 14),
    _example("1d", nn.AdaptiveAvgPool1d(3), 2, 3, 8),
    _example("1d, global", nn.AdaptiveAvgPool1d(1), 2, 3, 9),
    _example("1d, equal windows, unbatched", nn.AdaptiveAvgPool1d(4), 3, 8),
    _example("1d, larger than the input", nn.AdaptiveAvgPool1d((7,)), 1, 2, 3),
    _example("3d", nn.AdaptiveAvgPool3d((2, 3, 4)), 1, 2, 5, 4, 6),
    _example("3d, global", nn.AdaptiveAvgPool3d(1), 2, 3, 3, 4, 5),
    _example("3d, equal windows", nn.AdaptiveAvgPool3d(2), 1, 2, 4, 2, 6),
    _example("3d, None, unbatched", nn.AdaptiveAvgPool3d((None, 2, 1)), 2, 3, 5, 4),
    _call(F.adaptive_avg_pool1d, (2, 3, 7), 2),
    _call(F.adaptive_avg_pool2d, (2, 3, 7, 5), [None, 4]),
    _call(F.adaptive_avg_pool2d, (2, 3, 6, 6), (1, 1)),
    _call(F.adaptive_avg_pool3d, (1, 2, 3, 4, 5), (2, None, 3)),
)

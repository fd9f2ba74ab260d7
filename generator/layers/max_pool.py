"""y[n, c, h, w] = max over i, j of x[n, c, s·h - p + d·i, s·w - p + d·j]: a window's largest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import argmax, bracket, equal, every, largest, total, within
from generator.formula.tree import Equation, Expr, Outside, Stage, Tensor, add, mul
from generator.layers.pooling import Plan, plan, window_notes, window_text
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.windows import Axis

_ARGUMENTS = "input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False"


def max_pool(call: Call) -> Formula:
    """The largest value of each window, over one to three spatial axes."""
    found = plan(call)
    x = Tensor(
        "input",
        "x",
        found.lengths,
        "input of the layer" + (", -∞ beyond its edges" if found.outside else ""),
        outside=Outside("constant", -math.inf) if found.outside else None,
        label="Input Receptive Field",
    )
    y = Tensor("output", "y", found.counts, "output of the layer", "result")
    indexed = len(call.outputs) == 2
    which = ", with where it stands in its channel" if indexed else ""
    return Formula(
        summary=f"Each output is the largest value in {window_text(found, '-∞')}{which}.",
        forward=Equation(y, found.window, largest(found.offsets, x[found.reads]), (x,)),
        gradients={} if call.tensors["input"].integer else {"input": _gradient(found, x, y)},
        settings=found.settings,
        axes={"input": found.names, "output": found.names},
        sizes=found.sizes,
        notes=_notes(found),
        result="max value",
        indices=found.indices,
        others=(Output("indices", _places(found, x), found.names),) if indexed else (),
    )


for _rank in (1, 2, 3):
    _name = f"torch.nn.functional.max_pool{_rank}d"
    for _types, _indices in (
        ((f"torch.nn.MaxPool{_rank}d", _name, f"torch.max_pool{_rank}d"), False),
        # what F.max_pool2d(return_indices=True) calls
        ((f"{_name}_with_indices",), True),
    ):
        explains(
            *_types,
            arguments=f"{_ARGUMENTS}, return_indices={_indices}",
            title=f"Max pooling, {_rank}d",
            search=("maximum pooling", f"nn.MaxPool{_rank}d", f"F.max_pool{_rank}d"),
        )(max_pool)


def _gradient(found: Plan, x: Tensor, y: Tensor) -> Equation:
    """What the windows that have their maximum at an element send back to it."""
    g, position = upstream(y), _position(found, x)
    here = equal(position.tensor[found.window], _row_major(found.axes, found.cells))
    return Equation(
        gradient_of(x),
        found.source,
        total(found.covering, g[found.window] * bracket(here), found.met),
        (g, x),
        (position,),
    )


def _position(found: Plan, x: Tensor) -> Stage:
    """Which cell of each window is its maximum."""
    inside = [within(axis.read, axis.length) for axis in found.axes]
    # a cell of the padding is none of those that torch looks at, even where all others are -∞
    maximum = argmax(found.offsets, x[found.reads], every(*inside))
    position = Tensor(
        "position",
        "m",
        found.counts,
        "which cell of the window is its maximum, counted row by row from 0",
        "stage",
        integer=True,
        label="Position of the Maximum",
    )
    return Stage(position, found.window, maximum)


def _places(found: Plan, x: Tensor) -> Equation:
    """Where each maximum is in its channel, counted row by row from 0."""
    position = _position(found, x)
    rest: Expr = position.tensor[found.window]
    cells: list[Expr] = []
    for axis in reversed(found.axes[1:]):
        cells.append(rest % axis.extent)
        rest = rest // axis.extent
    cells.append(rest)
    rows = [
        axis.stride * axis.at - axis.padding + axis.dilation * cell
        for axis, cell in zip(found.axes, reversed(cells), strict=True)
    ]
    meaning = "where the maximum is in its channel, counted row by row from 0"
    indices = Tensor(
        "output_1", "q", found.counts, meaning, "result", integer=True, label="Indices"
    )
    flat = add(*(mul(*(a.length for a in found.axes[k + 1 :]), r) for k, r in enumerate(rows)))
    return Equation(indices, found.window, flat, (x,), (position,))


def _row_major(axes: Sequence[Axis], cells: Sequence[Expr]) -> Expr:
    """The cell of the window in which the input's element lies, as argmax counts them."""
    extents = [axis.extent for axis in axes]
    return add(*(mul(*extents[k + 1 :], cell) for k, cell in enumerate(cells)))


def _notes(found: Plan) -> tuple[Note, ...]:
    notes: list[Note] = []
    if math.prod(w.extent for w in found.windows) > 1:
        text = (
            "Where several cells of a window are equal, torch takes the first in row-major order: "
            "that one gets the whole gradient of the window, and the others nothing."
        )
        notes.append(Note("Ties go to the first", text))
    if any(w.before for w in found.windows):
        text = (
            r"The padding is \(-\infty\), not 0, so that it is never the maximum, "
            "even where every value is negative."
        )
        notes.append(Note("Padding never wins", text))
    return (*notes, *window_notes(found))


def _example(
    name: str,
    layer: Callable[..., object],
    *shape: int,
    make: Callable[..., torch.Tensor] = torch.randn,
) -> Example:
    return Example(name, lambda: (layer, (make(shape),), {}))


def _tied(shape: tuple[int, ...]) -> torch.Tensor:
    """Few different values, so that most windows have several maxima."""
    return torch.randint(0, 2, shape).float()


def _relu(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape).relu()


def _infinite(shape: tuple[int, ...]) -> torch.Tensor:
    x = torch.full(shape, -math.inf)
    x[..., -1] = math.inf
    return x


examples(
    _example("MaxPool2d(2)", nn.MaxPool2d(2), 2, 3, 4, 4),
    _example("MaxPool2d(3, 2, 1)", nn.MaxPool2d(3, 2, 1), 2, 3, 7, 7),
    _example("MaxPool2d(2, 3), part unread", nn.MaxPool2d(2, 3), 1, 2, 7, 6),
    _example("MaxPool2d((3, 2), (2, 1), (1, 0))", nn.MaxPool2d((3, 2), (2, 1), (1, 0)), 2, 2, 6, 5),
    _example("MaxPool2d, dilation 2", nn.MaxPool2d(3, 1, 1, dilation=2), 1, 2, 8, 8),
    _example("MaxPool2d, dilation (2, 3)", nn.MaxPool2d(2, 2, dilation=(2, 3)), 1, 2, 9, 9),
    _example("MaxPool2d, ceil_mode", nn.MaxPool2d(2, 2, ceil_mode=True), 1, 2, 5, 7),
    _example("MaxPool2d, ceil_mode, padded", nn.MaxPool2d(3, 2, 1, ceil_mode=True), 1, 2, 6, 6),
    _example(
        "MaxPool2d, no window in the padding", nn.MaxPool2d(2, 2, 1, ceil_mode=True), 1, 2, 5, 5
    ),
    _example("MaxPool2d, unbatched", nn.MaxPool2d(2), 3, 4, 6),
    _example("MaxPool2d, global", nn.MaxPool2d((4, 5)), 2, 3, 4, 5),
    _example("MaxPool2d, one row", nn.MaxPool2d((1, 2)), 2, 1, 1, 6),
    _example("MaxPool2d(1), does nothing", nn.MaxPool2d(1), 2, 1, 3, 3),
    _example("MaxPool2d(2), ties", nn.MaxPool2d(2), 2, 2, 6, 6, make=_tied),
    _example("MaxPool2d(3, 2, 1), ties after ReLU", nn.MaxPool2d(3, 2, 1), 2, 2, 9, 9, make=_relu),
    _example("MaxPool2d(2), infinities", nn.MaxPool2d(2), 1, 2, 4, 4, make=_infinite),
    _example("MaxPool2d, larger", nn.MaxPool2d(3, 2, 1), 2, 4, 20, 21),
    _example("MaxPool1d(2)", nn.MaxPool1d(2), 2, 3, 8),
    _example("MaxPool1d, all options", nn.MaxPool1d(3, 2, 1, 2, ceil_mode=True), 2, 3, 10),
    _example("MaxPool1d, unbatched", nn.MaxPool1d(3, 1, 1), 3, 5),
    _example("MaxPool3d(2)", nn.MaxPool3d(2), 1, 2, 4, 4, 4),
    _example(
        "MaxPool3d, all options",
        nn.MaxPool3d(3, (1, 2, 2), (1, 0, 1), (1, 2, 1), ceil_mode=True),
        1,
        2,
        4,
        6,
        5,
    ),
    _example("MaxPool3d, unbatched", nn.MaxPool3d((1, 2, 3)), 2, 2, 4, 6),
    _example("with indices", nn.MaxPool2d(2, return_indices=True), 2, 3, 4, 6),
    _example(
        "with indices, all options",
        nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2), return_indices=True, ceil_mode=True),
        2,
        2,
        7,
        6,
    ),
    _example(
        "with indices, ties", nn.MaxPool2d(3, 2, 1, return_indices=True), 2, 2, 9, 9, make=_tied
    ),
    _example("with indices, 1d", nn.MaxPool1d(3, 2, 1, return_indices=True), 2, 3, 8),
    _example("with indices, 3d", nn.MaxPool3d(2, 1, return_indices=True), 2, 3, 3, 4, 5),
    Example("F.max_pool1d", lambda: (F.max_pool1d, (torch.randn(2, 3, 6), 2), {})),
    Example(
        "F.max_pool2d",
        lambda: (F.max_pool2d, (torch.randn(2, 3, 6, 6), 3), {"padding": 1, "stride": (2, 1)}),
    ),
    Example("F.max_pool3d", lambda: (F.max_pool3d, (torch.randn(1, 1, 4, 4, 4), [2, 1, 2], 1), {})),
    Example("torch.max_pool1d", lambda: (torch.max_pool1d, (torch.randn(2, 3, 6), 2, 1), {})),
    Example(
        "torch.max_pool2d",
        lambda: (torch.max_pool2d, (torch.randn(3, 6, 6), 2, ()), {"ceil_mode": False}),
    ),
    Example("torch.max_pool3d", lambda: (torch.max_pool3d, (torch.randn(1, 1, 4, 4, 4), 2), {})),
)

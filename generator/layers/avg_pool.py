"""y[n, c, h, w] = 1 / (K·K) Σ over i, j of x[n, c, s·h - p + i, s·w - p + j]: a window's mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import larger, smaller, total
from generator.formula.tree import Div, Equation, Expr, Outside, Stage, Sym, Tensor, mul
from generator.layers.pooling import Plan, plan, short, window_notes, window_text
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.windows import Axis, Window

_ARGUMENTS = "input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True"


def avg_pool(call: Call) -> Formula:
    """The mean of each window, over one to three spatial axes."""
    if call.tensors["input"].integer:
        message = f"{short(call)} of {call.tensors['input'].dtype}: rounding is not explained"
        raise Refused(message)
    found = plan(call)
    x = Tensor(
        "input",
        "x",
        found.lengths,
        "input of the layer" + (", 0 beyond its edges" if found.outside else ""),
        outside=Outside("constant", 0.0) if found.outside else None,
        label="Input Receptive Field",
    )
    y = Tensor("output", "y", found.counts, "output of the layer", "result")
    divisor = _divisor(call, found)
    return Formula(
        summary=f"Each output is {divisor.summary} {window_text(found, 'zeros')}.",
        forward=_forward(found, x, y, divisor),
        gradients={"input": _gradient(found, x, y, divisor)},
        settings={**found.settings, **divisor.settings},
        axes={"input": found.names, "output": found.names},
        sizes=found.sizes,
        notes=(*divisor.notes, *window_notes(found)),
        result="average value",
        indices=found.indices,
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.AvgPool{_rank}d",
        f"torch.nn.functional.avg_pool{_rank}d",
        *((f"torch.avg_pool{_rank}d",) if _rank == 1 else ()),
        arguments=_ARGUMENTS + (", divisor_override=None" if _rank > 1 else ""),
        title=f"Average pooling, {_rank}d",
        search=("mean pooling", "subsampling", f"nn.AvgPool{_rank}d", f"F.avg_pool{_rank}d"),
    )(avg_pool)


@dataclass(frozen=True)
class _Divisor:
    """What the sum over a window is divided by."""

    value: Expr
    settings: dict[str, int]
    summary: str
    notes: tuple[Note, ...] = ()
    stage: Stage | None = None
    """Where the windows have divisors of their own."""


def _divisor(call: Call, found: Plan) -> _Divisor:
    override = call.options.get("divisor_override")
    if override is not None:
        return _overridden(call, override)
    include = bool(call.options["count_include_pad"])
    alike = all(_alike(w, include=include) for w in found.windows)
    if not alike:
        notes: tuple[Note, ...] = (_FEWER if include else _INSIDE,)
    else:
        notes = (_ZEROS,) if any(w.before for w in found.windows) else ()
    if include and not found.ceil:
        # no window ends beyond the padding: all of its cells count
        value = mul(*(a.extent for a in found.axes))
        return _Divisor(value, {}, "the mean of the values in", notes)
    return _varying(found, notes, include=include)


_ZEROS = Note(
    "Zeros of the padding count",
    "The sum is divided by the size of the whole window, the zeros of the padding among it, so "
    "that outputs at the border are drawn towards 0 (`count_include_pad=True`).",
)

_FEWER = Note(
    "The last windows are divided by less",
    "A window that ends beyond the padding is divided by the number of its cells within the "
    "padded input alone, not by the window's size.",
)
_INSIDE = Note(
    "Cells of the padding do not count",
    "With `count_include_pad=False` a window at the border is divided by the number of its cells "
    "that lie inside the input, so that the padding changes no mean.",
)


def _overridden(call: Call, override: object) -> _Divisor:
    if not isinstance(override, int) or isinstance(override, bool):
        message = f"{short(call)}(divisor_override={override!r}): only integers are explained"
        raise Refused(message)
    value = Sym("divisor", "M", "divisor_override, which the sum is divided by")
    text = f"`divisor_override` divides every sum by {override}, whatever the window's size is."
    return _Divisor(
        value,
        {"divisor": override},
        f"1/{override} of the sum of the values in",
        (Note("The result is no mean", text),),
    )


def _varying(found: Plan, notes: tuple[Note, ...], *, include: bool) -> _Divisor:
    """A divisor for each window, as a stage: the number of its cells that count."""
    count = mul(*(_counted(axis, include=include) for axis in found.axes))
    at = tuple(a.at for a in found.axes)
    cells = Tensor(
        "cells",
        "R",
        tuple(a.count for a in found.axes),
        "number of cells of the window that count",
        "stage",
        integer=True,
        label="Cells That Count",
    )
    return _Divisor(cells[at], {}, "the mean of the values in", notes, Stage(cells, at, count))


def _counted(axis: Axis, *, include: bool) -> Expr:
    """Positions of a window, along one axis, that its divisor counts."""
    first = axis.stride * axis.at - axis.padding
    if include:
        return smaller(axis.extent, axis.length + axis.padding - first)
    return smaller(first + axis.extent, axis.length) - larger(first, 0)


def _alike(window: Window, *, include: bool) -> bool:
    """Whether all windows count all of their positions along this axis."""
    last = window.stride * (window.count - 1) - window.before + window.extent
    border = window.before if include else 0
    return last <= window.length + border and (include or window.before == 0)


def _forward(found: Plan, x: Tensor, y: Tensor, divisor: _Divisor) -> Equation:
    summed = total(found.offsets, x[found.reads])
    stages = () if divisor.stage is None else (divisor.stage,)
    # torch divides the sum once; the textbook's 1/K times the sum would round twice
    arithmetic = Div(summed, divisor.value)
    return Equation(y, found.window, (1 / divisor.value) * summed, (x,), stages, arithmetic)


def _gradient(found: Plan, x: Tensor, y: Tensor, divisor: _Divisor) -> Equation:
    """Every window that covers an element sends back an equal share of its own gradient."""
    g = upstream(y)
    upstreams, share = g[found.window], 1 / divisor.value
    arithmetic = total(found.covering, Div(upstreams, divisor.value))
    if divisor.stage is None:
        body: Expr = share * total(found.covering, upstreams)
        return Equation(gradient_of(x), found.source, body, (g,), (), arithmetic)
    body = total(found.covering, share * upstreams)
    return Equation(gradient_of(x), found.source, body, (g,), (divisor.stage,), arithmetic)


def _example(name: str, layer: Callable[..., object], *shape: int) -> Example:
    return Example(name, lambda: (layer, (torch.randn(shape),), {}))


def _call(function: Callable[..., object], shape: tuple[int, ...], *args: object) -> Example:
    return Example(
        f"{function.__name__}{args}, input {shape}",
        lambda: (function, (torch.randn(shape), *args), {}),
    )


def _far_from_zero(layer: Callable[..., object], *shape: int) -> Example:
    return Example("values near 1000", lambda: (layer, (1000 + torch.randn(shape),), {}))


examples(
    _example("AvgPool2d(2)", nn.AvgPool2d(2), 2, 3, 4, 4),
    _example("AvgPool2d(3, 2, 1)", nn.AvgPool2d(3, 2, 1), 2, 3, 7, 7),
    _example("AvgPool2d(3, 1, 1), overlapping", nn.AvgPool2d(3, 1, 1), 1, 2, 5, 6),
    _example("AvgPool2d(2, 3), part unread", nn.AvgPool2d(2, 3), 1, 2, 7, 6),
    _example("AvgPool2d((3, 2), (2, 1), (1, 0))", nn.AvgPool2d((3, 2), (2, 1), (1, 0)), 2, 2, 6, 5),
    _example("count_include_pad=False", nn.AvgPool2d(3, 2, 1, count_include_pad=False), 1, 2, 6, 7),
    _example(
        "count_include_pad=False, no padding", nn.AvgPool2d(2, count_include_pad=False), 1, 1, 4, 4
    ),
    _example("ceil_mode", nn.AvgPool2d(2, 2, ceil_mode=True), 1, 2, 5, 7),
    _example("ceil_mode, padding", nn.AvgPool2d(3, 2, 1, ceil_mode=True), 1, 2, 6, 6),
    _example(
        "ceil_mode, no window in the padding", nn.AvgPool2d(2, 2, 1, ceil_mode=True), 1, 2, 5, 5
    ),
    _example("ceil_mode, count_include_pad=False", nn.AvgPool2d(3, 2, 1, True, False), 1, 2, 6, 5),
    _example("ceil_mode, height alone", nn.AvgPool2d(2, 2, ceil_mode=True), 1, 2, 5, 6),
    _example("divisor_override=3", nn.AvgPool2d(2, divisor_override=3), 1, 2, 4, 4),
    _example("divisor_override=-1", nn.AvgPool2d(2, divisor_override=-1), 1, 2, 4, 4),
    _example("divisor_override, all else", nn.AvgPool2d(3, 2, 1, True, False, 7), 1, 2, 6, 5),
    _example("unbatched", nn.AvgPool2d(2), 3, 4, 6),
    _example("global", nn.AvgPool2d((4, 5)), 2, 3, 4, 5),
    _example("one row", nn.AvgPool2d((1, 3)), 2, 1, 1, 6),
    _example("AvgPool2d(1), does nothing", nn.AvgPool2d(1), 2, 1, 3, 3),
    _example("larger", nn.AvgPool2d(7, 3, 3), 2, 4, 24, 25),
    _far_from_zero(nn.AvgPool2d(5, 1, 2), 2, 2, 12, 12),
    _example("AvgPool1d(2)", nn.AvgPool1d(2), 2, 3, 8),
    _example("AvgPool1d, all options", nn.AvgPool1d(3, 2, 1, True, False), 2, 3, 10),
    _example("AvgPool1d, ceil_mode", nn.AvgPool1d(4, 3, 1, True), 2, 3, 11),
    _example("AvgPool1d, unbatched", nn.AvgPool1d(3, 1, 1), 3, 5),
    _example("AvgPool3d(2)", nn.AvgPool3d(2), 1, 2, 4, 4, 4),
    _example(
        "AvgPool3d, all options",
        nn.AvgPool3d((3, 2, 2), (2, 1, 2), (1, 0, 1), True, False),
        1,
        2,
        4,
        6,
        5,
    ),
    _example("AvgPool3d, divisor_override", nn.AvgPool3d(2, divisor_override=5), 2, 2, 4, 6),
    _example("AvgPool3d, unbatched", nn.AvgPool3d((1, 2, 3), 2, ceil_mode=True), 2, 2, 5, 6),
    _call(F.avg_pool1d, (2, 3, 6), 2),
    _call(F.avg_pool1d, (2, 3, 6), (3,), (), (1,)),
    _call(F.avg_pool2d, (2, 3, 6, 6), 3, None, 1, True, False),
    _call(F.avg_pool2d, (3, 6, 6), [2, 3], [1, 2]),
    _call(F.avg_pool3d, (1, 1, 4, 4, 4), 2, 1, 0, False, True, 3),
)

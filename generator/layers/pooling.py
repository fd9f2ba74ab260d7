"""What pooling layers share: their windows as numbers, and the windows that cover a position."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generator.formula.build import divides, every, larger, quotient, smaller
from generator.formula.configure import Setting, size
from generator.formula.tree import Cond, Expr, Range, Sym, Var
from generator.layers.registry import Call, Note, Refused, Size
from generator.layers.windows import (
    Axis,
    Window,
    axes,
    border_text,
    counted,
    for_each_axis,
    meanings,
    settings,
    sizes_text,
    steps_text,
)

_LEADING = (
    ("batch", Var("n"), Sym("N", "N", "batch size")),
    ("channel", Var("c"), Sym("C", "C", "number of channels")),
)


@dataclass(frozen=True)
class Layout:
    """The axes of an input and of the output that has a window for each of its positions."""

    axes: tuple[Axis, ...]
    batch: bool

    @property
    def lead(self) -> tuple[tuple[str, Var, Sym], ...]:
        """Name, index and length of the axes before the spatial ones."""
        return _LEADING if self.batch else _LEADING[1:]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the axes, the same for the input and the output."""
        return (*(name for name, _, _ in self.lead), *(a.name for a in self.axes))

    def at(self, *spatial: Expr) -> tuple[Expr, ...]:
        """Indices in the sample and channel at hand."""
        return (*(v for _, v, _ in self.lead), *spatial)

    @property
    def source(self) -> tuple[Var, ...]:
        """Indices of the input."""
        return (*(v for _, v, _ in self.lead), *(a.source for a in self.axes))

    @property
    def window(self) -> tuple[Var, ...]:
        """Indices of the output."""
        return (*(v for _, v, _ in self.lead), *(a.at for a in self.axes))

    @property
    def lengths(self) -> tuple[Sym, ...]:
        """Lengths of the input's axes."""
        return (*(s for _, _, s in self.lead), *(a.length for a in self.axes))

    @property
    def counts(self) -> tuple[Sym, ...]:
        """Lengths of the output's axes."""
        return (*(s for _, _, s in self.lead), *(a.count for a in self.axes))

    @property
    def indices(self) -> dict[str, str]:
        """What each index counts."""
        return meanings(self.axes)

    def leading(self, call: Call) -> dict[str, int]:
        """The numbers of the axes before the spatial ones."""
        return {s.name: n for (_, _, s), n in zip(self.lead, call.shape(), strict=False)}


@dataclass(frozen=True)
class Plan(Layout):
    """A layout whose windows all have one extent and move by one stride."""

    windows: tuple[Window, ...]
    settings: Mapping[str, Setting]
    dilated: bool
    """Whether the type knows dilation at all."""
    ceil: bool

    @property
    def reads(self) -> tuple[Expr, ...]:
        """Indices of the input's element at these offsets of the window."""
        plain = (a.stride * a.at - a.padding + a.offset for a in self.axes)
        return self.at(*((a.read for a in self.axes) if self.dilated else plain))

    @property
    def offsets(self) -> tuple[Range, ...]:
        """The cells of a window."""
        return tuple(a.offset.over(a.extent) for a in self.axes)

    @property
    def covering(self) -> tuple[Range, ...]:
        """The windows that reach over the input's element `source`."""
        return tuple(self._covering(a) for a in self.axes)

    def _covering(self, axis: Axis) -> Range:
        """From the first window that ends there or later to the last that starts there."""
        last = axis.source + axis.padding
        first = last - self._reach(axis) + axis.stride - 1
        stop = smaller(axis.count - 1, last // axis.stride) + 1
        return axis.at.over(stop, larger(0, first // axis.stride))

    def _reach(self, axis: Axis) -> Expr:
        """From a window's first cell to its last, in positions."""
        return axis.dilation * (axis.extent - 1) if self.dilated else axis.extent - 1

    @property
    def cells(self) -> tuple[Expr, ...]:
        """Which cell of the window that element is, along each axis."""
        return tuple(quotient(_step(a), a.dilation) for a in self.axes)

    @property
    def met(self) -> Cond:
        """That the window has a cell there at all, which dilation may prevent."""
        return every(*(divides(a.dilation, _step(a)) for a in self.axes))

    @property
    def sizes(self) -> tuple[Size, ...]:
        """How the number of windows follows along each axis."""
        return tuple(Size(a.name, a.count.latex, self._size(a)) for a in self.axes)

    def _size(self, axis: Axis) -> Expr:
        """Windows along an axis; with ceil_mode rounded up, but none that starts beyond."""
        left = axis.length + 2 * axis.padding
        left = left - axis.dilation * (axis.extent - 1) if self.dilated else left - axis.extent
        if not self.ceil:
            return (left - 1 if self.dilated else left) // axis.stride + 1
        rounded = left + axis.stride - (2 if self.dilated else 1)
        last = (axis.length + axis.padding - 1) // axis.stride
        return smaller(rounded // axis.stride, last) + 1

    @property
    def outside(self) -> bool:
        """Whether a window reaches beyond the input."""
        return any(w.before > 0 or _end(w) > w.length for w in self.windows)

    @property
    def overhanging(self) -> bool:
        """Whether a window reaches even beyond the padding, as ceil_mode allows."""
        return any(_end(w) > w.length + w.after for w in self.windows)

    @property
    def overlapping(self) -> bool:
        """Whether an element of the input lies in several windows."""
        reach = [(w, w.dilation * (w.extent - 1)) for w in self.windows]
        return any(w.count > 1 and last >= w.stride for w, last in reach)


def plan(call: Call) -> Plan:
    """The windows of a call with kernel_size, stride, padding, ceil_mode and perhaps dilation.

    Refused where the options are no integers, or give another shape than the output has.
    """
    rank = spatial_axes(call)
    options = dict(call.options)
    if options["stride"] is None or options["stride"] in ((), []):
        options["stride"] = options["kernel_size"]
    extents, strides, paddings, dilations = (
        for_each_axis(options.get(name, 1), rank, f"{short(call)}: {name}")
        for name in ("kernel_size", "stride", "padding", "dilation")
    )
    lengths = call.shape()[-rank:], call.outputs[0].shape[-rank:]
    numbers = zip(*lengths, extents, strides, paddings, paddings, dilations, strict=True)
    windows = tuple(Window(*n) for n in numbers)
    layout = Layout(axes(rank), batch=len(call.shape()) == rank + 2)
    symbols = {**layout.leading(call), **settings(layout.axes, windows)}
    found = Plan(
        layout.axes,
        layout.batch,
        windows,
        symbols,
        dilated="dilation" in options,
        ceil=bool(options["ceil_mode"]),
    )
    expected = (*call.shape()[:-rank], *(size(s.length, symbols) for s in found.sizes))
    if expected != call.outputs[0].shape:
        message = (
            f"{short(call)}: the output has shape {call.outputs[0].shape}, expected {expected}"
        )
        raise Refused(message)
    return found


def spatial_axes(call: Call) -> int:
    """How many spatial axes the type has; Refused for a call that no pooling layer explains."""
    found = re.search(r"(\d)d", call.type)
    assert found is not None, call.type
    rank = int(found[1])
    if set(call.tensors) != {"input"}:
        message = f"{short(call)}: options that are tensors are not explained"
        raise Refused(message)
    if call.tensors["input"].dtype.startswith(("complex", "q")):
        message = f"{short(call)} of {call.tensors['input'].dtype} is not explained"
        raise Refused(message)
    if len(call.shape()) - rank not in {1, 2}:
        message = f"{short(call)} of an input of shape {call.shape()} is not explained"
        raise Refused(message)
    return rank


def short(call: Call) -> str:
    """The type's own name, for messages: `MaxPool2d`."""
    return call.type.rpartition(".")[2]


def window_text(plan: Plan, outside: str) -> str:
    """How the windows lie, for a summary; `outside` is what the padding consists of."""
    extents, dilations = ([getattr(w, of) for w in plan.windows] for of in ("extent", "dilation"))
    if extents == [w.length for w in plan.windows] and not plan.outside:
        return f"its whole channel, {sizes_text(extents)} positions"
    text = f"a window of {sizes_text(extents)} positions"
    if max(dilations) > 1:
        text += f", its cells {sizes_text(dilations)} positions apart,"
    text += f" that moves over each channel {steps_text(plan.windows)}"
    border = border_text(plan.axes, plan.windows)
    return f"{text}, on an input padded with {outside} {border}" if border else text


def window_notes(plan: Plan) -> tuple[Note, ...]:
    """What a reader misses about where these windows lie."""
    notes: list[Note] = []
    if plan.overhanging:
        text = (
            "With `ceil_mode` a last window is added where a part of the input would be left over. "
            "It starts inside the input or the padding before it, and ends beyond the padding."
        )
        notes.append(Note("The last window hangs over the edge", text))
    unread = [(a, w.unread) for a, w in zip(plan.axes, plan.windows, strict=True) if w.unread]
    if unread:
        lost = " and ".join(counted(len(places), a.cell) for a, places in unread)
        text = f"No window reaches {lost} of the input, so that the gradient there is 0."
        notes.append(Note("Part of the input is never read", text))
    if plan.overlapping:
        text = (
            "The windows overlap: an input value may lie in several of them, "
            "and its gradient is the sum of what each sends back."
        )
        notes.append(Note("Windows overlap", text))
    return tuple(notes)


def _step(axis: Axis) -> Expr:
    """From the first cell of a window to `source`, in positions."""
    return axis.source + axis.padding - axis.stride * axis.at


def _end(window: Window) -> int:
    """One more than the last position that the last window reads."""
    last = window.stride * (window.count - 1) + window.dilation * (window.extent - 1)
    return last - window.before + 1

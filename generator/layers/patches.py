"""Patches of an image as columns: column l is a window, row m a channel and a cell of the window.

Rows count channels, then the window's rows, then its columns; columns count the windows row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from generator.formula.build import every
from generator.formula.tree import Cond, Expr, Outside, Sym, Tensor, Var, mul
from generator.layers.dtypes import spelled
from generator.layers.movement import refuse_change, refuse_tensors
from generator.layers.registry import Argument, Call, Refused
from generator.layers.windows import (
    Axis,
    Window,
    axes,
    border_text,
    for_each_axis,
    settings,
    sizes_text,
    steps_text,
)

_BATCH = ("batch", Var("n"), Sym("N", "N", "batch size"))
_CHANNEL = ("channel", Var("c"), Sym("C", "C", "number of channels"))
ROW, COLUMN = Var("m"), Var("l")


@dataclass(frozen=True)
class Patches:
    """An image and the columns that its windows are."""

    axes: tuple[Axis, ...]
    windows: tuple[Window, ...]
    batch: bool
    channels: int
    samples: int

    @property
    def lead(self) -> tuple[Var, ...]:
        """The index of the sample, where there is a batch."""
        return (_BATCH[1],) if self.batch else ()

    @property
    def image_names(self) -> tuple[str, ...]:
        """Names of the image's axes."""
        names = ("batch",) if self.batch else ()
        return (*names, "channel", *(a.name for a in self.axes))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns' axes."""
        names = ("batch",) if self.batch else ()
        return (*names, "channel and cell", "window")

    @property
    def image_sizes(self) -> tuple[Expr, ...]:
        """Lengths of the image's axes."""
        return (*self._samples, _CHANNEL[2], *(a.length for a in self.axes))

    @property
    def column_sizes(self) -> tuple[Expr, ...]:
        """Lengths of the columns' axes."""
        rows = mul(_CHANNEL[2], *(a.extent for a in self.axes))
        return (*self._samples, rows, mul(*(a.count for a in self.axes)))

    @property
    def _samples(self) -> tuple[Expr, ...]:
        return (_BATCH[2],) if self.batch else ()

    @property
    def image_at(self) -> tuple[Var, ...]:
        """Indices of the image."""
        return (*self.lead, _CHANNEL[1], *(a.source for a in self.axes))

    @property
    def column_at(self) -> tuple[Var, ...]:
        """Indices of the columns."""
        return (*self.lead, ROW, COLUMN)

    def of_image(self, image: Tensor) -> Expr:
        """The image at the channel, cell and window that row m and column l stand for."""
        height, width = self.axes
        cells = height.extent * width.extent
        rows = ROW // width.extent % height.extent, ROW % width.extent
        windows = COLUMN // width.count, COLUMN % width.count
        places = (
            a.stride * window - a.padding + a.dilation * cell
            for a, window, cell in zip(self.axes, windows, rows, strict=True)
        )
        return image[(*self.lead, ROW // cells, *places)]

    def of_columns(self, columns: Tensor) -> Expr:
        """The columns at the window that has the image's position in the cell i, j."""
        height, width = self.axes
        row = (_CHANNEL[1] * height.extent + height.offset) * width.extent + width.offset
        column = height.window() * width.count + width.window()
        return columns[(*self.lead, row, column)]

    @property
    def covered(self) -> Cond:
        """That there is such a window."""
        return every(*(c for a in self.axes for c in a.covers()))

    def outside(self, image: Tensor) -> Tensor:
        """The image, or its gradient, with zeros where padding lets windows reach beyond it."""
        padded = any(w.before for w in self.windows)
        if not padded:
            return image
        return replace(
            image,
            outside=Outside("constant", 0.0),
            meaning=f"{image.meaning}, 0 beyond its edges",
        )

    @property
    def settings(self) -> dict[str, int]:
        """The numbers of all symbols."""
        found = {"C": self.channels, **settings(self.axes, self.windows)}
        return {**found, "N": self.samples} if self.batch else found

    @property
    def indices(self) -> dict[str, str]:
        """What each index counts."""
        found = {ROW.name: "channel and cell of the window", COLUMN.name: "window"}
        for axis in self.axes:
            found[axis.source.name] = f"{axis.cell} of the image"
            found[axis.offset.name] = f"{axis.cell} of the window"
        return found

    @property
    def text(self) -> str:
        """How the windows lie, for a summary."""
        extents = sizes_text([w.extent for w in self.windows])
        counts = sizes_text([w.count for w in self.windows])
        border = border_text(self.axes, self.windows)
        padded = f", padded with zeros {border}" if border else ""
        return f"{counts} windows of {extents} positions, {steps_text(self.windows)}{padded}"

    @property
    def overlap(self) -> bool:
        """Whether a position of the image may lie in several windows."""
        return any(w.dilation * (w.extent - 1) >= w.stride and w.count > 1 for w in self.windows)


def patches(call: Call, image: Argument, columns: Argument) -> Patches:
    """The windows of an image of one or no batch axis; Refused where shapes do not fit."""
    refuse_tensors(call)
    refuse_change(call)
    if len(image.shape) not in {3, 4}:
        raise Refused(f"{spelled(call)} of {len(image.shape)} axes is not explained")
    extents, strides, paddings, dilations = (
        for_each_axis(call.options[name], 2, f"{spelled(call)}: {name}")
        for name in ("kernel_size", "stride", "padding", "dilation")
    )
    lengths = image.shape[-2:]
    counts = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(lengths, extents, strides, paddings, dilations, strict=True)
    ]
    if columns.shape[-2:] != (image.shape[-3] * prod(extents), prod(counts)):
        raise Refused(f"{spelled(call)}: {list(image.shape)} and {list(columns.shape)}")
    numbers = zip(lengths, counts, extents, strides, paddings, paddings, dilations, strict=True)
    named = tuple(
        replace(
            a,
            length=Sym(a.name[0].upper(), a.name[0].upper(), f"{a.name} of the image"),
            count=Sym(
                f"{a.name[0].upper()}'", f"{a.name[0].upper()}'", f"windows along the {a.name}"
            ),
        )
        for a in axes(2)
    )
    batch = len(image.shape) == 4
    return Patches(
        named,
        tuple(Window(*n) for n in numbers),
        batch,
        image.shape[-3],
        image.shape[0] if batch else 1,
    )

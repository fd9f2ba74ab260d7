"""A given number of windows along an axis: each has all positions that its exact share touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.tree import Expr, Range
from generator.layers.pooling import Layout, short, spatial_axes
from generator.layers.registry import Call, Note, Refused
from generator.layers.windows import Axis, axes, sizes_text


@dataclass(frozen=True)
class Share:
    """How the positions of one axis are shared among its windows."""

    axis: Axis
    first: Expr
    """First position of the window at hand."""
    last: Expr
    """Its last position."""
    covering: Range
    """The windows that have the position `source`."""

    @property
    def span(self) -> Range:
        """The positions of the window at hand."""
        return self.axis.source.over(self.last + 1, self.first)

    @property
    def cells(self) -> Expr:
        """How many there are."""
        return self.last - self.first + 1

    @classmethod
    def of(cls, axis: Axis) -> Share:
        """From hH/H' to (h + 1)H/H'."""
        H, count, h, u = axis.length, axis.count, axis.at, axis.source
        # ⌈(h + 1)H / H'⌉ - 1, written as torch computes it
        last = (H * h + H - 1) // count
        return cls(
            axis=axis,
            first=H * h // count,
            last=last,
            # the same rule, with input and output exchanged
            covering=h.over((count * u + count - 1) // H + 1, count * u // H),
        )


@dataclass(frozen=True)
class Adaptive:
    """One configuration: the lengths of the input and the number of windows along each axis."""

    layout: Layout
    lengths: tuple[int, ...]
    counts: tuple[int, ...]
    shares: tuple[Share, ...]

    def settings(self, call: Call) -> dict[str, int]:
        """The numbers by the names of the symbols."""
        axes = self.layout.axes
        return {
            **self.layout.leading(call),
            **{a.length.name: n for a, n in zip(axes, self.lengths, strict=True)},
            **{a.count.name: n for a, n in zip(axes, self.counts, strict=True)},
        }


def adaptive(call: Call) -> Adaptive:
    """The windows of a call; Refused where there are none."""
    rank = spatial_axes(call)
    lengths, counts = call.shape()[-rank:], call.outputs[0].shape[-rank:]
    if 0 in (*lengths, *counts):
        message = f"{short(call)} of {sizes_text(lengths)} positions to {sizes_text(counts)}"
        raise Refused(f"{message} is not explained")
    layout = Layout(axes(rank), batch=len(call.shape()) == rank + 2)
    return Adaptive(layout, lengths, counts, tuple(Share.of(a) for a in layout.axes))


def summary(what: str, lengths: Sequence[int], counts: Sequence[int]) -> str:
    """What each output is, `the mean`, of its window."""
    whole, windows = sizes_text(lengths), sizes_text(counts)
    if set(counts) == {1}:
        return f"Each output is {what} of its whole channel, {whole} positions"
    if all(n % m == 0 for n, m in zip(lengths, counts, strict=True)):
        extents = sizes_text([n // m for n, m in zip(lengths, counts, strict=True)])
        return (
            f"Each channel is divided into {windows} windows of {extents} positions, "
            f"and each output is {what} of one of them"
        )
    return (
        f"Each output is {what} of one of the {windows} windows that cover the {whole} positions "
        "of its channel as evenly as whole positions allow"
    )


def notes(lengths: Sequence[int], counts: Sequence[int]) -> tuple[Note, ...]:
    """What a reader misses about where these windows lie."""
    found: list[Note] = []
    pairs = list(zip(lengths, counts, strict=True))
    overlapping = next(((n, m) for n, m in pairs if n % m and n > m), None)
    if overlapping is not None:
        n, m = overlapping
        text = (
            f"{n} positions cannot be divided into {m} equal windows. Each window has every "
            "position that its exact share touches, so that some positions lie in two windows "
            "and the windows may differ in size."
        )
        found.append(Note("Windows overlap", text))
    larger = next(((n, m) for n, m in pairs if n < m), None)
    if larger is not None:
        n, m = larger
        text = f"{m} windows over {n} positions: every position lies in several windows."
        found.append(Note("The output is larger than the input", text))
    return tuple(found)

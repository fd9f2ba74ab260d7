"""Windows that slide over an input: where each one lies, and which of them cover a position.

The window at output position h has, at its offset i, the input position s·h - p + d·i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.build import divides, quotient, within
from generator.formula.tree import Cond, Expr, FloorDiv, Sym, Var
from generator.layers.registry import Refused

_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_CELLS = {1: ("position",), 2: ("row", "column"), 3: ("plane", "row", "column")}
_SOURCES = {1: ("u",), 2: ("u", "v"), 3: ("r", "u", "v")}
_OFFSETS = ("i", "j", "k")


@dataclass(frozen=True)
class Axis:
    """The symbols of one spatial axis: indices, lengths, and how the window moves."""

    name: str
    """`height`."""
    cell: str
    """What one index along it is called: `row`."""
    at: Var
    """Position of the window, which is the output's position: h."""
    source: Var
    """A position of the input: u."""
    offset: Var
    """Offset within the window: i."""
    length: Sym
    """Length of the input: H."""
    count: Sym
    """Number of windows, the length of the output: H'."""
    extent: Sym
    """Offsets that a window has: K_h."""
    stride: Sym
    padding: Sym
    """Padding before the first position."""
    after: Sym
    """Padding after the last position, where it differs from the one before."""
    dilation: Sym

    @property
    def read(self) -> Expr:
        """The input position at this offset of the window: s·h - p + d·i."""
        return self.stride * self.at - self.padding + self.dilation * self.offset

    def _reach(self, position: Expr) -> Expr:
        return position - self.dilation * self.offset

    def window(self, position: Expr | None = None) -> FloorDiv:
        """The window that has the position, in the padded input, at this offset.

        Without a position, `source` in the padded input: (u + p - d·i) / s. Only where `covers`.
        """
        return quotient(self._reach(self._padded(position)), self.stride)

    def covers(self, position: Expr | None = None) -> tuple[Cond, ...]:
        """That there is such a window: the stride divides, and it is one of the output's."""
        inner = self._reach(self._padded(position))
        return divides(self.stride, inner), within(quotient(inner, self.stride), self.count)

    def _padded(self, position: Expr | None) -> Expr:
        return self.source + self.padding if position is None else position

    def windows(self, *, symmetric: bool = True) -> Expr:
        """How many windows there are: ⌊(H + 2p - d(K - 1) - 1) / s⌋ + 1."""
        padded = self.length + 2 * self.padding
        if not symmetric:
            padded = self.length + self.padding + self.after
        return (padded - self.dilation * (self.extent - 1) - 1) // self.stride + 1


def axes(rank: int) -> tuple[Axis, ...]:
    """The spatial axes of an input with so many of them."""
    return tuple(_axis(rank, k) for k in range(rank))


def _axis(rank: int, k: int) -> Axis:
    name, cell = _NAMES[rank][k], _CELLS[rank][k]
    letter = name[0]
    capital = letter.upper()
    below = "" if rank == 1 else f"_{letter}"
    along = "" if rank == 1 else f" along the {name}"
    return Axis(
        name=name,
        cell=cell,
        at=Var(letter),
        source=Var(_SOURCES[rank][k]),
        offset=Var(_OFFSETS[k]),
        length=Sym(f"{capital}_in", rf"{capital}_{{\text{{in}}}}", f"{name} of the input"),
        count=Sym(f"{capital}_out", rf"{capital}_{{\text{{out}}}}", f"{name} of the output"),
        extent=Sym(f"K{below}", f"K{below}", f"size of the window{along}"),
        stride=Sym(f"s{below}", f"s{below}", f"stride{along}"),
        padding=Sym(f"p{below}", f"p{below}", f"padding before the first {cell}"),
        after=Sym(f"q{below}", f"q{below}", f"padding after the last {cell}"),
        dilation=Sym(f"d{below}", f"d{below}", f"dilation{along}"),
    )


def meanings(axes: Sequence[Axis]) -> dict[str, str]:
    """What each index counts."""
    return {
        index.name: f"{axis.cell} of the {where}"
        for axis in axes
        for index, where in ((axis.at, "output"), (axis.source, "input"), (axis.offset, "window"))
    }


@dataclass(frozen=True)
class Window:
    """The numbers of one axis."""

    length: int
    count: int
    extent: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def unread(self) -> tuple[int, ...]:
        """Positions of the input that no window reads: left over at the end, or stepped over."""
        read = {
            self.stride * at - self.before + self.dilation * offset
            for at in range(self.count)
            for offset in range(self.extent)
        }
        return tuple(sorted(set(range(self.length)) - read))


def settings(axes: Sequence[Axis], windows: Sequence[Window]) -> dict[str, int]:
    """The numbers by the names of the axes' symbols."""
    found: dict[str, int] = {}
    for axis, window in zip(axes, windows, strict=True):
        found |= {
            axis.length.name: window.length,
            axis.count.name: window.count,
            axis.extent.name: window.extent,
            axis.stride.name: window.stride,
            axis.padding.name: window.before,
            axis.after.name: window.after,
            axis.dilation.name: window.dilation,
        }
    return found


def for_each_axis(option: object, rank: int, what: str) -> tuple[int, ...]:
    """An option that is one integer for all axes, or one for each; Refused for anything else."""
    given = tuple(option) if isinstance(option, list | tuple) else (option,)
    if not all(isinstance(v, int) and not isinstance(v, bool) for v in given):
        message = f"{what}={option!r}: only integers are explained"
        raise Refused(message)
    found = tuple(v for v in given if isinstance(v, int))
    if len(found) == 1:
        return found * rank
    if len(found) != rank:
        message = f"{what}={option!r}: expected {rank} integers"
        raise Refused(message)
    return found


def sizes_text(numbers: Sequence[int]) -> str:
    """`3 × 3`, as sizes are written in a sentence."""
    return " × ".join(map(str, numbers))


def steps_text(windows: Sequence[Window]) -> str:
    """How the window moves: `in steps of 2 × 1`."""
    strides = [w.stride for w in windows]
    if set(strides) == {1}:
        return "one position at a time"
    return f"in steps of {strides[0] if len(set(strides)) == 1 else sizes_text(strides)}"


def border_text(axes: Sequence[Axis], windows: Sequence[Window]) -> str:
    """How wide the padding is: `by 1 on every side`; empty where there is none."""
    amounts = [(w.before, w.after) for w in windows]
    if not any(map(any, amounts)):
        return ""
    if len({a for pair in amounts for a in pair}) == 1:
        return f"by {amounts[0][0]} on {'both ends' if len(axes) == 1 else 'every side'}"
    parts = [
        f"by {_ends(before, after)} the {axis.name}"
        for axis, (before, after) in zip(axes, amounts, strict=True)
        if before or after
    ]
    return " and ".join(parts)


def _ends(before: int, after: int) -> str:
    if before == after:
        return f"{before} on both ends of"
    sides = ((before, "before"), (after, "after"))
    return " and ".join(f"{count} {side}" for count, side in sides if count)


def counted(count: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

"""What lies beyond the ends of an axis: its mirror image, its outermost value, or its other end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generator.formula.build import cases, equal, every, larger, smaller, total, unequal, within
from generator.formula.tree import (
    Cond,
    Either,
    Equation,
    Expr,
    Num,
    Range,
    Stage,
    Sym,
    Tensor,
    Var,
)
from generator.layers.axes import Axis
from generator.layers.dims import axis_stage, primed, resized
from generator.layers.movement import Movement


@dataclass(frozen=True)
class Border:
    """One axis with what is added before its first position and after its last."""

    axis: Axis
    new: Axis
    """The axis as the output has it."""
    position: int
    before: int
    after: int
    named: bool
    """Whether the call names the axis at all."""

    @property
    def first(self) -> Sym:
        """Symbol of the positions added before."""
        letter = self.axis.at.name
        name = f"positions added before the first along {self.axis.name}"
        return Sym(f"p_{letter}", f"p_{{{letter}}}", name)

    @property
    def last(self) -> Sym:
        """Symbol of the positions added after."""
        letter = self.axis.at.name
        name = f"positions added after the last along {self.axis.name}"
        return Sym(f"q_{letter}", f"q_{{{letter}}}", name)

    @property
    def inside(self) -> Expr:
        """The input's position at one of the output's."""
        return self.axis.at - self.first if self.named else self.axis.at

    @property
    def outside(self) -> Expr:
        """The output's position at one of the input's."""
        return self.axis.at + self.first if self.named else self.axis.at


def borders(axes: Sequence[Axis], amounts: Sequence[int]) -> tuple[Border, ...]:
    """One for each axis; the amounts are those of the last axis, then the last but one."""
    found = []
    for k, axis in enumerate(axes):
        place = 2 * (len(axes) - 1 - k)
        named = place < len(amounts)
        before, after = amounts[place : place + 2] if named else (0, 0)
        found.append(Border(axis, resized(axis) if named else axis, k, before, after, named))
    return tuple(found)


Found = tuple[Equation, Equation, dict[str, str]]
"""The forward equation, the gradient's, and what its indices count."""


@dataclass(frozen=True)
class _Shown:
    """Where the output shows a position of the input along one axis."""

    place: Expr
    span: Range
    """What tells several places apart."""
    counts: str
    """What the span's index counts, without the axis."""
    where: Cond | None = None
    stages: tuple[Stage, ...] = ()


def reflected(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[(H-1) - |(H-1) - |h - p||]; a position is read up to three times."""

    def read(b: Border) -> Expr:
        return (b.axis.length - 1) - abs((b.axis.length - 1) - abs(b.inside))

    def shown(b: Border, number: int) -> _Shown:
        image = Var(f"k_{number}")
        letter = b.axis.at.name
        mirror = Tensor(
            f"mirror {letter}",
            f"m^{{({letter})}}",
            (b.axis.length, Num(3)),
            f"where the output shows a position along {b.axis.name}: itself, its image before the "
            "first position, its image after the last",
            "stage",
            integer=True,
        )
        body = cases(
            (equal(image, 0), b.outside),
            (equal(image, 1), b.first - b.axis.at),
            otherwise=b.first + 2 * (b.axis.length - 1) - b.axis.at,
        )
        place = mirror[b.axis.at, image]
        # the outermost positions are their own images
        alone = Either((equal(image, 0), unequal(place, b.outside)))
        return _Shown(
            place,
            image.over(3),
            "image",
            every(within(place, b.new.length), alone),
            (Stage(mirror, (b.axis.at, image), body),),
        )

    return _rule(moved, found, read, shown)


def replicated(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[min(max(h - p, 0), H-1)]; the outermost positions are read many times."""

    def read(b: Border) -> Expr:
        return smaller(larger(b.inside, 0), b.axis.length - 1)

    def shown(b: Border, _: int) -> _Shown:
        at, most = b.axis.at, b.new.length - 1
        first = cases((equal(at, 0), 0), otherwise=larger(0, b.outside))
        last = cases((equal(at, b.axis.length - 1), most), otherwise=smaller(most, b.outside))
        meaning = "position of the output that shows a position"
        start = axis_stage(b.axis, "first", "a", f"first {meaning}", first)
        end = axis_stage(b.axis, "last", "b", f"last {meaning}", last)
        index = primed(b.axis)
        span = index.over(end.tensor[at] + 1, start.tensor[at])
        return _Shown(index, span, "position of the output", stages=(start, end))

    return _rule(moved, found, read, shown)


def circular(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[(h - p) mod H]; a position is read once for each turn of the ring."""

    def read(b: Border) -> Expr:
        return b.inside % b.axis.length

    def shown(b: Border, number: int) -> _Shown:
        turn = Var(f"k_{number}")
        place = b.outside + turn * b.axis.length
        return _Shown(place, turn.over(2, -1), "turn of the ring", within(place, b.new.length))

    return _rule(moved, found, read, shown)


def _rule(
    moved: Movement,
    found: Sequence[Border],
    read: Callable[[Border], Expr],
    shown: Callable[[Border, int], _Shown],
) -> Found:
    """A rule from where it reads along an axis, and where it shows what it reads.

    The gradient of a position is the sum over all places that show it. `shown` is given the number
    of the axis among those that the call names.
    """
    named = [b for b in found if b.named]
    places = {b: shown(b, number) for number, b in enumerate(named, 1)}
    back: Expr = moved.g[tuple(places[b].place if b.named else b.axis.at for b in found)]
    if named:
        conditions = [place.where for place in places.values() if place.where is not None]
        where = every(*conditions) if conditions else None
        back = total([place.span for place in places.values()], back, where)
    stages = (stage for place in places.values() for stage in place.stages)
    return (
        moved.forward(moved.x[tuple(read(b) if b.named else b.axis.at for b in found)]),
        moved.backward(back, *stages),
        {p.span.var.name: f"{p.counts} along {b.axis.name}" for b, p in places.items()},
    )

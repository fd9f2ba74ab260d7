"""What lies beyond the ends of an axis: its mirror image, its outermost value, or its other end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.build import cases, equal, every, larger, smaller, total, unequal, within
from generator.formula.tree import (
    Compare,
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
from generator.layers.dims import primed, resized
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


def reflected(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[(H-1) - |(H-1) - |h - p||]; a position is read up to three times."""
    reads = [
        (b.axis.length - 1) - abs((b.axis.length - 1) - abs(b.inside)) if b.named else b.axis.at
        for b in found
    ]
    ranges: list[Range] = []
    conditions: list[Cond] = []
    stages: list[Stage] = []
    places: list[Expr] = []
    meanings: dict[str, str] = {}
    for b in found:
        if not b.named:
            places.append(b.axis.at)
            continue
        image = Var(f"k_{len(ranges) + 1}")
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
        shown = cases(
            (equal(image, 0), b.outside),
            (equal(image, 1), b.first - b.axis.at),
            otherwise=b.first + 2 * (b.axis.length - 1) - b.axis.at,
        )
        stages.append(Stage(mirror, (b.axis.at, image), shown))
        place = mirror[b.axis.at, image]
        # the outermost positions are their own images
        alone = Either((equal(image, 0), unequal(place, b.outside)))
        conditions.append(every(within(place, b.new.length), alone))
        ranges.append(image.over(3))
        places.append(place)
        meanings[image.name] = f"image along {b.axis.name}"
    back = moved.g[tuple(places)]
    body = total(ranges, back, every(*conditions)) if ranges else back
    return moved.forward(moved.x[tuple(reads)]), moved.backward(body, *stages), meanings


def replicated(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[min(max(h - p, 0), H-1)]; the outermost positions are read many times."""
    reads = [
        smaller(larger(b.inside, 0), b.axis.length - 1) if b.named else b.axis.at for b in found
    ]
    ranges: list[Range] = []
    stages: list[Stage] = []
    places: list[Expr] = []
    meanings: dict[str, str] = {}
    for b in found:
        if not b.named:
            places.append(b.axis.at)
            continue
        index = primed(b.axis)
        first = _limit(b, "first", "a", b.axis.at, 0, larger(0, b.outside))
        most = b.new.length - 1
        last = _limit(b, "last", "b", b.axis.length - 1, most, smaller(most, b.outside))
        stages += [first, last]
        stop = last.tensor[b.axis.at] + 1
        ranges.append(index.over(stop, first.tensor[b.axis.at]))
        places.append(index)
        meanings[index.name] = f"position of the output along {b.axis.name}"
    back = moved.g[tuple(places)]
    body = total(ranges, back) if ranges else back
    return moved.forward(moved.x[tuple(reads)]), moved.backward(body, *stages), meanings


def _limit(
    border: Border, which: str, letter: str, edge: Expr, at_edge: Expr | int, elsewhere: Expr
) -> Stage:
    """The first or last position of the output that shows a position of the input."""
    index = border.axis.at
    name = index.name
    tensor = Tensor(
        f"{which} {name}",
        f"{letter}^{{({name})}}",
        (border.axis.length,),
        f"{which} position of the output that shows a position along {border.axis.name}",
        "stage",
        integer=True,
    )
    here: Compare = equal(index, 0 if which == "first" else edge)
    return Stage(tensor, (index,), cases((here, at_edge), otherwise=elsewhere))


def circular(moved: Movement, found: Sequence[Border]) -> Found:
    """y[h] = x[(h - p) mod H]; a position is read once for each turn of the ring."""
    reads = [b.inside % b.axis.length if b.named else b.axis.at for b in found]
    ranges: list[Range] = []
    conditions: list[Cond] = []
    places: list[Expr] = []
    meanings: dict[str, str] = {}
    for b in found:
        if not b.named:
            places.append(b.axis.at)
            continue
        turn = Var(f"k_{len(ranges) + 1}")
        place = b.outside + turn * b.axis.length
        conditions.append(within(place, b.new.length))
        ranges.append(turn.over(2, -1))
        places.append(place)
        meanings[turn.name] = f"turn of the ring along {b.axis.name}"
    back = moved.g[tuple(places)]
    body = total(ranges, back, every(*conditions)) if ranges else back
    return moved.forward(moved.x[tuple(reads)]), moved.backward(body), meanings

"""Axes of an input: what each is called, its index, and the symbol of its length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from generator.formula.tree import Range, Sym, Var

_SPATIAL = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_LEADING = ("n", "t", "s", "r", "q")


@dataclass(frozen=True)
class Axis:
    """One axis of a tensor."""

    name: str
    """`height`."""
    at: Var
    """Its index: h."""
    length: Sym
    """Symbol of its length: H."""

    @property
    def span(self) -> Range:
        """The whole axis, for a reduction."""
        return self.at.over(self.length)


def channel_axes(rank: int, *, batch: bool = True) -> tuple[Axis, ...]:
    """Axes of an input with channels: (batch,) channel and then positions; rank in all."""
    first = (_axis("batch", "n", "N"),) if batch else ()
    positions = rank - 1 - len(first)
    names = _SPATIAL.get(positions, tuple(f"position {k + 1}" for k in range(positions)))
    letters = [_letters(name, k) for k, name in enumerate(names)]
    return (
        *first,
        _axis("channel", "c", "C"),
        *(_axis(name, *pair) for name, pair in zip(names, letters, strict=True)),
    )


def feature_axes(leading: int, features: int = 1) -> tuple[Axis, ...]:
    """Axes of an input whose last axes are the features of one sample or position.

    One axis of features is called so; of two or more nothing is known, nor of those before.
    """
    before = tuple(_axis("", letter, f"N_{letter}") for letter in _leading(leading))
    if features == 1:
        return (*unnamed(before), _axis("feature", "k", "K"))
    if features == 2:
        return unnamed((*before, _axis("", "h", "H"), _axis("", "w", "W")))
    return unnamed((*before, *channel_axes(features, batch=False)))


def unnamed(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """The axes with numbers for names, `axis 0`: nothing else is known of them."""
    return tuple(
        Axis(f"axis {k}", a.at, replace(a.length, meaning=f"length of axis {k}"))
        for k, a in enumerate(axes)
    )


def names(axes: Sequence[Axis]) -> tuple[str, ...]:
    """What the axes are called."""
    return tuple(a.name for a in axes)


def at(axes: Sequence[Axis]) -> tuple[Var, ...]:
    """Their indices."""
    return tuple(a.at for a in axes)


def lengths(axes: Sequence[Axis]) -> tuple[Sym, ...]:
    """The symbols of their lengths."""
    return tuple(a.length for a in axes)


def settings(axes: Sequence[Axis], shape: Sequence[int]) -> dict[str, int]:
    """The numbers by the names of the lengths' symbols."""
    return {a.length.name: n for a, n in zip(axes, shape, strict=True)}


def count(shape: Sequence[int], axes: Sequence[Axis], of: Sequence[Axis]) -> int:
    """How many elements a shape with `axes` has along the axes `of` alone."""
    return math.prod(n for a, n in zip(axes, shape, strict=True) if a in of)


def _axis(name: str, letter: str, length: str) -> Axis:
    return Axis(name, Var(letter), Sym(length, length, f"length of the {name} axis"))


def _letters(name: str, position: int) -> tuple[str, str]:
    if name.startswith("position"):
        return f"u_{position + 1}", f"U_{position + 1}"
    return name[0], name[0].upper()


def _leading(count: int) -> tuple[str, ...]:
    if count <= len(_LEADING):
        return _LEADING[:count]
    return tuple(f"n_{k + 1}" for k in range(count))

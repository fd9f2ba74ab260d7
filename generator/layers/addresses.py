"""Which element of x each element of x[…] is, and where in x[…] an element of x stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generator.formula.build import equal, every
from generator.formula.configure import Setting
from generator.formula.tree import Cond, Expr, Range, Read, Tensor
from generator.layers.axes import Axis, at
from generator.layers.registry import Size

POINTS = {"k": "place in the indices", "l": "place in the indices"}
"""What the common axes of index tensors count."""


@dataclass(frozen=True)
class Part:
    """One axis of the input."""

    axis: Axis
    value: Expr
    """Its index, from the indices of x[…]."""
    covered: tuple[Cond, ...] = ()
    """Where its own index is one of those that are meant."""
    pick: Callable[[Sequence[Expr]], Expr] | None = None
    """Where index tensors or masks say which index is meant: that from a place of theirs."""


@dataclass(frozen=True)
class Kept:
    """One axis of x[…]."""

    axis: Axis
    back: Expr | None
    """Its index, from the indices of x; None for an axis of the index tensors."""


@dataclass(frozen=True)
class Addresses:
    """The brackets of a call as formulas."""

    axes: tuple[Axis, ...]
    """The input's."""
    parts: tuple[Part, ...]
    kept: tuple[Kept, ...]
    places: tuple[Axis, ...]
    """The common axes of all index tensors."""
    tensors: tuple[Tensor, ...]
    """Index tensors, and the positions at which masks hold."""
    mask: tuple[Read, Read, tuple[Tensor, Tensor]] | None
    """Of a mask that is alone: whether it holds, how many before it do, and both tensors."""
    named: dict[str, tuple[str, ...]]
    """Names of the axes of the index tensors and masks."""
    settings: dict[str, Setting]
    sizes: tuple[Size, ...]
    words: tuple[str, ...]
    """What each item means, for a sentence."""
    kinds: frozenset[str]
    """Which kinds of items there are: `tensor`, `list`, `mask`, `several`."""
    front: bool
    """Whether the common axes of the index tensors stand in front, as others lie between them."""

    @property
    def reads(self) -> tuple[Expr, ...]:
        """The indices of x, from those of x[…]."""
        return tuple(p.value for p in self.parts)

    @property
    def out(self) -> tuple[Axis, ...]:
        """The axes of x[…]."""
        return tuple(k.axis for k in self.kept)

    def back(self, places: Sequence[Expr]) -> tuple[Expr, ...]:
        """The indices of x[…], from those of x and these of the index tensors."""
        waiting = list(places)
        return tuple(waiting.pop(0) if k.back is None else k.back for k in self.kept)

    @property
    def covered(self) -> tuple[Cond, ...]:
        """Where an element of x is meant by all but the index tensors."""
        return tuple(c for p in self.parts for c in p.covered)

    @property
    def hit(self) -> Cond | None:
        """Where the index tensors mean the element of x; None where there are none."""
        return self.hit_from(at(self.places))

    def hit_from(self, places: Sequence[Expr]) -> Cond | None:
        """Where the index tensors mean the element of x from a place of theirs."""
        parts = [equal(p.pick(places), p.axis.at) for p in self.parts if p.pick]
        return both(parts)

    @property
    def spans(self) -> tuple[Range, ...]:
        """All places of the index tensors."""
        return tuple(a.span for a in self.places)

    @property
    def target(self) -> tuple[Axis, ...]:
        """The axes of x that the index tensors are about."""
        return tuple(p.axis for p in self.parts if p.pick)


def both(conditions: Sequence[Cond]) -> Cond | None:
    """All of the conditions; None where there are none."""
    if not conditions:
        return None
    return every(*conditions) if len(conditions) > 1 else conditions[0]

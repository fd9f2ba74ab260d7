"""A value with the errors in it, and how an operation passes errors on, to first order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generator.formula.arithmetic import aligned

Shared = dict[Hashable, tuple[Tensor, frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Rounded:
    """Values with the errors of each, in units of the roundoff.

    The variance of the errors of its own is `variance` + `relative` · value². `shared` has, by
    source, the signed standard error that the source contributes, and the axes (counted from the
    right) along which the source has errors of its own.
    """

    value: Tensor
    variance: Tensor | None = None
    relative: float = 0.0
    shared: Shared = field(default_factory=dict)
    free: bool = False
    """A factor of 0, ±1 or a power of two, by which a product is exact."""
    nothing: bool = False
    """The constant 0."""

    def own(self) -> Tensor | None:
        """Variance of the errors that nothing else shares."""
        if not self.relative:
            return self.variance
        # rounding leaves ±∞ as it is
        fresh = (self.relative * self.value.square()).nan_to_num(0.0, 0.0)
        return fresh if self.variance is None else self.variance + fresh

    def total(self) -> Tensor | None:
        """Variance of the whole error, its own and shared."""
        result = self.own()
        for part, _ in self.shared.values():
            result = part.square() if result is None else result + part.square()
        return result


def carries(quantity: Rounded) -> bool:
    """Whether it has errors that a tensor describes."""
    return quantity.variance is not None or bool(quantity.shared)


def errs(quantity: Rounded) -> bool:
    """Whether it has errors at all."""
    return bool(quantity.relative) or carries(quantity)


def through(
    value: Tensor, parts: Sequence[tuple[Rounded, Tensor | None]], rounding: float
) -> Rounded:
    """An operation's result, to first order: each part with the derivative by it (None: 1)."""
    variance: Tensor | None = None
    shared: Shared = {}
    for quantity, slope in parts:
        own = quantity.own()
        if own is not None:
            if slope is not None:
                # where the slope is infinite, as sqrt's at 0, an exact operand has no error
                own = (own * slope.square()).nan_to_num(0.0, torch.inf)
            variance = own if variance is None else variance + own
        for key, (part, axes) in quantity.shared.items():
            join(shared, key, part if slope is None else part * slope, axes)
    return Rounded(value, variance, rounding, shared)


def propagated(
    value: Tensor, parts: Sequence[tuple[Rounded, Tensor]], relative: float, *, free: bool = False
) -> Rounded:
    """The result of a product or quotient, whose relative variances have been added."""
    tensors = [
        (Rounded(quantity.value, quantity.variance, 0.0, quantity.shared), slope)
        for quantity, slope in parts
        if carries(quantity)
    ]
    result = through(value, tensors, relative)
    return Rounded(value, result.variance, relative, result.shared, free)


def join(shared: Shared, key: Hashable, part: Tensor, axes: frozenset[int]) -> None:
    """Add a contribution to those of the same source."""
    if key in shared:
        known, known_axes = shared[key]
        shared[key] = (known + part, known_axes | axes)
    else:
        shared[key] = (part, axes)


def masked(values: Tensor, mask: Tensor | None) -> Tensor:
    """The values where the mask holds, otherwise 0."""
    return values if mask is None else torch.where(mask, values, 0.0)


def inherited(
    body: Rounded, shape: tuple[int, ...], rest: int, mask: Tensor | None
) -> tuple[Tensor | None, Shared]:
    """What the errors of a sum's terms, other than relative ones, come to in the sum."""
    axes = len(shape)
    reduced = tuple(range(axes))
    variance: Tensor | None = None
    if body.variance is not None:
        variance = aligned(masked(body.variance, mask), shape, rest).sum(reduced)
    shared: Shared = {}
    for key, (found, varies) in body.shared.items():
        part = aligned(masked(found, mask), shape, rest)
        own = [d for d in reduced if (axes + rest - 1 - d) in varies]
        if not own:
            join(shared, key, part.sum(reduced), varies)
            continue
        same = [d for d in reduced if d not in own]
        part = part.sum(same, keepdim=True) if same else part
        squares = part.square().sum(reduced)
        variance = squares if variance is None else variance + squares
    return variance, shared

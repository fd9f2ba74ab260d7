"""What evaluation does with numbers: plain float64, or float64 with the error that rounding makes.

The evaluator walks the tree and calls one of these for each operation. Reductions arrive with the
reduced axes leftmost.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from generator.formula.functions import FUNCTIONS
from generator.formula.matrix_products import Product
from generator.formula.tree import Reduction

Q = TypeVar("Q")


class Arithmetic(Protocol, Generic[Q]):
    """Operations on quantities of type Q, elementwise with broadcasting."""

    def constant(self, value: float, like: Tensor) -> Q:
        """A number of the formula."""

    def exact(self, values: Tensor, *, selector: bool = False) -> Q:
        """Captured or integer values, which carry no error; `selector` where all are 0 or 1."""

    def stage(self, values: Tensor, errors: Tensor | None, key: Hashable) -> Q:
        """Values of a stage with their standard errors; equal keys share one error."""

    def add(self, terms: Sequence[Q]) -> Q:
        """Sum of a few terms, from left to right."""

    def multiply(self, factors: Sequence[Q]) -> Q:
        """Product of a few factors, from left to right."""

    def negate(self, operand: Q) -> Q:
        """-operand."""

    def divide(self, numerator: Q, denominator: Q) -> Q:
        """numerator / denominator."""

    def power(self, base: Q, exponent: Q) -> Q:
        """base to the power of exponent."""

    def apply(self, function: str, operand: Q) -> Q:
        """An elementwise function by name."""

    def extreme(self, kind: str, operands: Sequence[Q]) -> Q:
        """Largest or smallest of a few operands."""

    def choose(self, condition: Tensor, chosen: Q, otherwise: Q) -> Q:
        """`chosen` where the condition holds."""

    def reduce(
        self, kind: Reduction, body: Q, shape: tuple[int, ...], rest: int, mask: Tensor | None
    ) -> Q:
        """Reduction over the leading axes, whose extents are `shape`, where the mask holds.

        `rest` counts the axes behind them, which stay.
        """

    def product_sum(self, left: Q, right: Q, shape: tuple[int, ...], rest: int) -> Q:
        """Σ left · right over the leading axes, as a matrix product."""

    def value(self, quantity: Q) -> Tensor:
        """The float64 values."""

    def error(self, quantity: Q) -> Tensor | None:
        """The standard error of each value; None where it is not tracked."""


def aligned(values: Tensor, shape: Sequence[int], rest: int) -> Tensor:
    """`values` with reduced axes of extents `shape` first and `rest` further axes behind them."""
    missing = len(shape) + rest - values.dim()
    if missing > 0:
        values = values[(None,) * missing]
    return values.expand(*shape, *values.shape[len(shape) :])


def fill(kind: Reduction) -> float:
    """What a reduction over nothing gives."""
    return {"sum": 0.0, "prod": 1.0, "max": -torch.inf, "argmax": -torch.inf}.get(kind, torch.inf)


def reduce_values(kind: Reduction, values: Tensor, axes: int, mask: Tensor | None = None) -> Tensor:
    """Reduction of a full tensor over its `axes` leading axes; outside the mask stands `fill`.

    An extreme is read at its first position, so that its derivative goes there alone, as torch's.
    """
    if kind == "sum":
        return values.sum(tuple(range(axes)))
    flat = values.flatten(0, axes - 1)
    if kind == "prod":
        return flat.prod(0)
    if mask is not None:
        mask = aligned(mask, values.shape[:axes], values.dim() - axes).flatten(0, axes - 1)
    position = first_extreme("argmax" if kind.endswith("max") else "argmin", flat.detach(), mask)
    if kind.startswith("arg"):
        return position
    return flat.gather(0, position[None])[0]


def reduce_integers(
    kind: Reduction, values: Tensor, shape: tuple[int, ...], rest: int, mask: Tensor | None
) -> Tensor:
    """Reduction of int64 over the leading axes; a sum that does not fit wraps, as torch's does."""
    if mask is not None:
        limits = torch.iinfo(torch.int64)
        highest = kind.endswith("max")
        outside = {"sum": 0, "prod": 1}.get(kind, limits.min if highest else limits.max)
        values = torch.where(mask, values, outside)
    values = aligned(values, shape, rest)
    if kind == "sum":
        return values.sum(tuple(range(len(shape))))
    flat = values.flatten(0, len(shape) - 1)
    if kind == "prod":
        return flat.prod(0)
    if kind.startswith("arg"):
        there = None if mask is None else aligned(mask, shape, rest).flatten(0, len(shape) - 1)
        return first_extreme(kind, flat, there)
    return flat.amax(0) if kind == "max" else flat.amin(0)


def first_extreme(kind: Reduction, flat: Tensor, mask: Tensor | None = None) -> Tensor:
    """Position along axis 0 of the first maximum or minimum; a NaN counts as the extreme."""
    best = flat.amax(0) if kind == "argmax" else flat.amin(0)
    hit = (flat == best) | (flat.isnan() & best.isnan())
    if mask is not None:  # what is filled in may equal the extreme, -inf say
        hit = hit & mask
    return hit.to(torch.int8).argmax(0)


def shared_extreme(kind: str, flat: Tensor) -> Tensor:
    """The largest or smallest along axis 0; the derivative goes to all that attain it, equally."""
    best = flat.detach().amax(0) if kind == "max" else flat.detach().amin(0)
    hit = (flat == best) | (flat.isnan() & best.isnan())
    # an infinity times 0 would be no number
    return torch.where(hit, flat, 0.0).sum(0) / hit.sum(0)


class Plain:
    """Float64 values alone; differentiable by autograd.

    `shared`: an extreme's derivative goes to all operands that attain it, not to the first.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared

    def constant(self, value: float, like: Tensor) -> Tensor:
        return torch.tensor(float(value), dtype=torch.float64, device=like.device)

    def exact(self, values: Tensor, *, selector: bool = False) -> Tensor:
        del selector
        return values.to(torch.float64)

    def stage(self, values: Tensor, errors: Tensor | None, key: Hashable) -> Tensor:
        del errors, key
        return values

    def add(self, terms: Sequence[Tensor]) -> Tensor:
        result = terms[0]
        for term in terms[1:]:
            result = result + term
        return result

    def multiply(self, factors: Sequence[Tensor]) -> Tensor:
        result = factors[0]
        for factor in factors[1:]:
            result = result * factor
        return result

    def negate(self, operand: Tensor) -> Tensor:
        return -operand

    def divide(self, numerator: Tensor, denominator: Tensor) -> Tensor:
        return numerator / denominator

    def power(self, base: Tensor, exponent: Tensor) -> Tensor:
        return torch.pow(base, exponent)

    def apply(self, function: str, operand: Tensor) -> Tensor:
        return FUNCTIONS[function].tensor(operand)

    def extreme(self, kind: str, operands: Sequence[Tensor]) -> Tensor:
        if self.shared:
            alike = torch.broadcast_tensors(*operands)  # type: ignore[no-untyped-call]
            return shared_extreme(kind, torch.stack(alike))
        better = torch.gt if kind == "max" else torch.lt
        result = operands[0]
        for operand in operands[1:]:
            # the first of equal operands counts, and its derivative alone, as in reductions
            result = torch.where(better(operand, result) | operand.isnan(), operand, result)
        return result

    def choose(self, condition: Tensor, chosen: Tensor, otherwise: Tensor) -> Tensor:
        return torch.where(condition, chosen, otherwise)

    def reduce(
        self, kind: Reduction, body: Tensor, shape: tuple[int, ...], rest: int, mask: Tensor | None
    ) -> Tensor:
        if mask is not None:
            body = torch.where(mask, body, fill(kind))
        if self.shared and kind in {"max", "min"}:
            flat = aligned(body, shape, rest).flatten(0, len(shape) - 1)
            return shared_extreme(kind, flat)
        return reduce_values(kind, aligned(body, shape, rest), len(shape), mask)

    def product_sum(self, left: Tensor, right: Tensor, shape: tuple[int, ...], rest: int) -> Tensor:
        product = Product(left, right, shape, rest)
        return product.placed(product.of(left, right))

    def value(self, quantity: Tensor) -> Tensor:
        return quantity

    def error(self, quantity: Tensor) -> Tensor | None:
        del quantity
        return None

"""The rounding of very many sums of products at once, without their terms.

What the terms' errors come to is itself a sum of products: of the squares, of the errors and the
other factor. How far the partial sums reach is not. In random order, in expectation, it follows
from Σ t, Σ t² and the number of terms (see `partial_sums`); what other orders, equal terms and
small ones add to that is found from the terms of some elements, and the largest share that it has
there is taken for all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import torch
from torch import Tensor

from generator.formula.dependence import dependent
from generator.formula.matrix_products import Product
from generator.formula.partial_sums import partial_sums
from generator.formula.rounded import Rounded, Shared, join

_FEW = 16
"""So many terms need nothing for those that err alike: see `budget`."""


def product_sum(
    left: Rounded, right: Rounded, shape: tuple[int, ...], rest: int, unit: float
) -> Rounded:
    """Σ left · right over the leading axes, whose extents are `shape`."""
    product = Product(left.value, right.value, shape, rest)
    value = product.of(left.value, right.value)
    placed = product.placed
    variance, shared = _inherited(product, left, right, unit)
    if left.free and right.free:
        return Rounded(placed(value), variance, 0.0, shared)
    relative = left.relative + right.relative + (0.0 if left.free or right.free else 1.0)
    own = placed(_own(product, left.value, right.value, value, relative, unit))
    return Rounded(placed(value), own if variance is None else own + variance, 0.0, shared)


def _own(
    product: Product, left: Tensor, right: Tensor, value: Tensor, relative: float, unit: float
) -> Tensor:
    """The variance of what the products and the sum round."""
    power = product.of(left.square(), right.square())
    present = _present(product, left, right)
    expected = _in_random_order(value, power, present) + relative * power
    terms, where = product.sampled(left, right)
    axes = terms.dim() - 1
    total = value.flatten()[where]
    sums = partial_sums(terms, axes, total)
    exact = sums.squares + relative * sums.power
    if product.terms > _FEW:
        exact = dependent(exact, terms.flatten(0, axes - 1), total, sums, unit)
    share = (exact / expected.flatten()[where]).nan_to_num(1.0, 1.0, 1.0)
    return expected * share.max().clamp(min=1)


def _present(product: Product, left: Tensor, right: Tensor) -> Tensor:
    """How many terms are not 0."""
    first, second = left != 0, right != 0
    if bool(first.all()) and bool(second.all()):
        return torch.full((), float(product.terms), dtype=torch.float64, device=left.device)
    return product.of(first, second)


def _in_random_order(value: Tensor, power: Tensor, present: Tensor) -> Tensor:
    square = value.square()
    rounding = (present - 1).clamp(min=0)
    return rounding * square / 3 + (present * power - square).clamp(min=0) / 6


def _inherited(
    product: Product, left: Rounded, right: Rounded, unit: float
) -> tuple[Tensor | None, Shared]:
    """What the factors' errors, other than relative ones, come to in the sum."""
    found: list[Tensor] = []
    shared: Shared = {}
    for factor, other, of in (
        (left, right, product.of),
        (right, left, _turned(product.of)),
    ):
        if factor.variance is not None:
            found.append(product.placed(of(factor.variance, other.value.square())))
        for key, (error, axes) in factor.shared.items():
            if _varies(product, axes):
                found.append(product.placed(of(error.square(), other.value.square())))
            else:
                join(shared, key, product.placed(of(error, other.value)), axes)
    for key in left.shared.keys() & right.shared.keys():
        _both(product, left, right, key, found, shared, unit)
    return (sum(found[1:], start=found[0]) if found else None), shared


def _both(
    product: Product,
    left: Rounded,
    right: Rounded,
    key: Hashable,
    found: list[Tensor],
    shared: Shared,
    unit: float,
) -> None:
    """What one error in both factors adds to its parts in each."""
    (first, axes), (second, _) = left.shared[key], right.shared[key]
    if _varies(product, axes):
        # (e a + e' b)² has a mixed term
        mixed = product.of(first * left.value, second * right.value)
        found.append(2 * product.placed(mixed))
    join(shared, ("square", key), unit * product.placed(product.of(first, second)), axes)


def _varies(product: Product, axes: frozenset[int]) -> bool:
    """Whether a source has errors of its own along the axes that are summed over."""
    return any(axis >= product.rest for axis in axes)


def _turned(of: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda second, first: of(first, second)

"""Sums of products of two factors as matrix products, where the factors have indices of their own.

Σ_k a[i, k] b[j, k] over all i and j reads each factor once and never forms the products: the cost
is that of a matrix product, and so is that of Σ a² b² and of the other sums that a budget needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.formula.bounds import Interval
from generator.formula.operands import term_count
from generator.formula.tree import Cond, Expr, Mul, Read, Reduce, Var
from generator.formula.walk import children

LEAST = 1 << 22
"""Terms in all from which on sums of products are matrix products."""

FACTORS = 1 << 25
"""Numbers that the factors of one matrix product may hold."""

SAMPLED = 128
"""Elements at which what is estimated of all is compared with what their terms say."""


@dataclass(frozen=True, slots=True)
class Split:
    """The factors of a sum of products in two groups, each with indices that the other lacks."""

    left: tuple[Expr, ...]
    right: tuple[Expr, ...]


def split(node: Reduce) -> Split | None:
    """The two groups of factors of a sum; None where it is no matrix product.

    Each stage that is read has to depend on all indices of the sum or on none: then its errors are
    either independent in all terms or the same in all.
    """
    if node.kind != "sum" or node.where is not None or not isinstance(node.body, Mul):
        return None
    summed = {span.var.name for span in node.ranges}
    if any(free(end) for span in node.ranges for end in (span.start, span.stop)):
        return None
    groups: list[tuple[frozenset[str], list[Expr]]] = []
    factors = [(free(factor), factor) for factor in node.body.factors]
    for names, factor in sorted(factors, key=lambda found: -len(found[0])):
        if not _uniform(factor, summed):
            return None
        home = next((g for g in groups if names <= g[0]), None)
        if home is None:
            groups.append((names, [factor]))
        else:
            home[1].append(factor)
    if len(groups) != 2 or any(summed - names for names, _ in groups):
        return None
    (first, left), (second, right) = groups
    return Split(tuple(left), tuple(right)) if first - second and second - first else None


def free(node: Expr | Cond) -> frozenset[str]:
    """The indices on which a node depends."""
    if isinstance(node, Var):
        return frozenset((node.name,))
    found: frozenset[str] = frozenset().union(*(free(child) for child in children(node)))
    return found - {s.var.name for s in node.ranges} if isinstance(node, Reduce) else found


def _uniform(node: Expr | Cond, summed: AbstractSet[str]) -> bool:
    if isinstance(node, Read) and 0 < len(free(node) & summed) < len(summed):
        return False
    return all(_uniform(child, summed) for child in children(node))


def held_at_once(node: Expr | Cond, ranges: Mapping[str, Interval]) -> int:
    """How many numbers the evaluation holds for each element where it takes matrix products."""
    if isinstance(node, Reduce):
        return 1 if split(node) is not None else term_count(node, ranges)
    return max((held_at_once(child, ranges) for child in children(node)), default=1)


def has_product(node: Expr | Cond) -> bool:
    """Whether there is a matrix product in the node."""
    if isinstance(node, Reduce):
        return split(node) is not None
    return any(has_product(child) for child in children(node))


class Product:
    """A matrix product of two broadcast tensors: how their axes make its rows and columns.

    The leading axes, of extents `shape`, are summed over; `rest` axes follow and stay.
    """

    def __init__(self, left: Tensor, right: Tensor, shape: Sequence[int], rest: int) -> None:
        self._count = len(shape)
        self._extents = tuple(shape)
        self.rest = rest
        first, second = self._full(left).shape, self._full(right).shape
        kept = range(self._count, self._count + rest)
        both = [d for d in kept if first[d] > 1 and second[d] > 1]
        rows = [d for d in kept if first[d] > 1 and second[d] == 1]
        columns = [d for d in kept if first[d] == 1 and second[d] > 1]
        self._order = (both, rows, columns)
        self._lengths = tuple(
            math.prod(max(first[d], second[d]) for d in dims) for dims in self._order
        )
        self._shape = tuple(max(first[d], second[d]) for d in kept)
        self.terms = math.prod(shape)

    def of(self, left: Tensor, right: Tensor) -> Tensor:
        """Σ left · right, shape (batch, rows, columns)."""
        return self._left(left) @ self._right(right)

    def placed(self, found: Tensor) -> Tensor:
        """Such a result with the axes that stay, in their order."""
        axes = [d for dims in self._order for d in dims]
        absent = [d for d in range(self._count, self._count + self.rest) if d not in axes]
        order = [*axes, *absent]
        sizes = [self._shape[d - self._count] for d in order]
        back = sorted(range(len(order)), key=order.__getitem__)
        return found.reshape(sizes).permute(back)

    def sampled(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """The terms of some elements, reduced axes first, and where the elements are in a row."""
        a, b = self._left(left), self._right(right)
        batch, rows, columns = self._lengths
        total = batch * rows * columns
        golden = (math.sqrt(5) - 1) / 2
        spread = {int(total * ((k * golden) % 1.0)) for k in range(SAMPLED)}
        some = range(total) if total <= SAMPLED else sorted(spread)
        where = torch.tensor(some, device=left.device)
        outer, column = where // columns, where % columns
        which, row = outer // rows, outer % rows
        terms = a[which % a.shape[0], row] * b[which % b.shape[0], :, column]
        return terms.T.reshape(*self._extents, len(some)), where

    def _full(self, tensor: Tensor) -> Tensor:
        """All axes, missing ones of length 1."""
        return tensor[(None,) * (self._count + self.rest - tensor.dim())]

    def _left(self, tensor: Tensor) -> Tensor:
        both, rows, _ = self._order
        batch, height, _ = self._lengths
        return self._flat(tensor, (*both, *rows)).reshape(batch, height, self.terms)

    def _right(self, tensor: Tensor) -> Tensor:
        both, _, columns = self._order
        batch, _, width = self._lengths
        flat = self._flat(tensor, (*both, *columns)).reshape(batch, width, self.terms)
        return flat.transpose(1, 2)

    def _flat(self, tensor: Tensor, kept: tuple[int, ...]) -> Tensor:
        """The axes kept in front, then those that are summed over, in full."""
        full = self._full(tensor)
        reduced = range(self._count)
        sizes = [self._shape[d - self._count] for d in kept]
        absent = [d for d in range(self._count, full.dim()) if d not in kept]
        moved = full.permute(*kept, *reduced, *absent)
        moved = moved.reshape(moved.shape[: len(kept) + self._count])
        return moved.expand(*sizes, *self._extents).to(torch.float64)

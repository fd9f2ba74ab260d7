"""Vectorised evaluation in float64, on the device of the operands.

Each index is an axis of a broadcast tensor, each read a gather, each reduction a sum over its axes.
Elements that fill a box lie on an axis for each index, rightmost, so that what depends on some
indices alone is computed once for each value of these; other elements lie on one axis. The ranges
of a reduction are put to the left of the axes around it. A stage is evaluated at the elements that
are read of it, each once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic

import torch
from torch import Tensor

from generator.formula.arithmetic import Arithmetic, Q, reduce_integers
from generator.formula.bounds import bounds, extent
from generator.formula.boxes import Box, apart, axes_of, blocks, ends, extents, filled, spanned
from generator.formula.known import Known
from generator.formula.matrix_products import FACTORS, LEAST, has_product, held_at_once, split
from generator.formula.operands import Store, lengths, numel, term_count
from generator.formula.scope import Scope, both
from generator.formula.stages import Stages
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Div,
    Equation,
    Expr,
    Extreme,
    Mul,
    Neg,
    Num,
    Pow,
    Range,
    Read,
    Reduce,
    Var,
)


@dataclass
class Evaluation(Stages[Q], Generic[Q]):
    """One evaluation of an equation under one arithmetic."""

    equation: Equation
    store: Store
    arithmetic: Arithmetic[Q]
    known: dict[str, Known] = field(default_factory=dict)
    behind: Mapping[str, Known] = field(default_factory=dict)
    products: bool = False
    """Whether sums of products are taken as matrix products."""

    def at(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor | Box
    ) -> tuple[Tensor, Tensor | None]:
        """Values and standard errors of `body` at the elements, in chunks that fit in memory."""
        if not isinstance(elements, Tensor):
            return _joined(list(self._chunks(body, indices, elements)))
        if elements.shape[0] == 0:
            # ranges that depend on an index have no ends where it has no values
            return torch.zeros(0, dtype=torch.float64, device=self.store.device), None
        found: list[tuple[Tensor, Tensor | None]] = []
        for part in self._parts(body, indices, elements):
            box = filled(part)
            found += self._chunks(body, indices, part if box is None else box)
        return _joined(found)

    def _parts(self, body: Expr, indices: tuple[Var, ...], elements: Tensor) -> list[Tensor]:
        """The elements in parts that are boxes, where they are many and that can be done."""
        ranges = self.intervals(indices, elements)
        if elements.shape[0] * term_count(body, ranges) < LEAST:
            return [elements]
        return apart(elements)

    def _chunks(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor | Box
    ) -> Iterator[tuple[Tensor, Tensor | None]]:
        listed = isinstance(elements, Tensor)
        names = [v.name for v in indices]
        if isinstance(elements, Tensor):
            ranges, count = self.intervals(indices, elements), elements.shape[0]
        else:
            ranges = dict(zip(names, ends(elements), strict=True))
            count = math.prod(extents(elements))
        terms = term_count(body, ranges)
        step = self.step(body, ranges)
        products = not listed and count * terms >= LEAST and has_product(body)
        if products:
            step = max(step, min(self.room // held_at_once(body, ranges), FACTORS // terms))
        # stages that are read decide for themselves
        before = self.products
        try:
            for part in _divided(elements, step):
                self.products = products
                if isinstance(part, Tensor):
                    yield self._listed(body, indices, part)
                else:
                    yield self._boxed(body, indices, part)
        finally:
            self.products = before

    def _listed(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        variables = {v.name: elements[:, k] for k, v in enumerate(indices)}
        scope = Scope(variables, self.intervals(indices, elements), 1)
        return self._spread(self.real(body, scope), (elements.shape[0],))

    def _boxed(
        self, body: Expr, indices: tuple[Var, ...], box: Box
    ) -> tuple[Tensor, Tensor | None]:
        names = [v.name for v in indices]
        variables = dict(zip(names, axes_of(box), strict=True))
        ranges = dict(zip(names, ends(box), strict=True))
        return self._spread(self.real(body, Scope(variables, ranges, len(box))), extents(box))

    def _spread(self, found: Q, shape: tuple[int, ...]) -> tuple[Tensor, Tensor | None]:
        """Values and errors of all elements, in a row."""
        error = self.arithmetic.error(found)
        values = self.arithmetic.value(found).expand(shape).reshape(-1)
        return values, None if error is None else error.expand(shape).reshape(-1)

    def real(self, node: Expr, scope: Scope) -> Q:
        """The node as a real quantity."""
        arithmetic = self.arithmetic
        if isinstance(node, Num):
            return arithmetic.constant(node.value, self.store.zero)
        if isinstance(node, Bracket):
            return arithmetic.exact(self.condition(node.condition, scope), selector=True)
        if self.integral(node):
            return arithmetic.exact(self.integer(node, scope))
        match node:
            case Read():
                return self._read(node, scope)
            case Add():
                return arithmetic.add([self.real(t, scope) for t in node.terms])
            case Mul():
                return self._product(node, scope)
            case Neg():
                return arithmetic.negate(self.real(node.operand, scope))
            case Div():
                return arithmetic.divide(
                    self.real(node.numerator, scope), self.real(node.denominator, scope)
                )
            case Pow():
                return arithmetic.power(
                    self.real(node.base, scope), self.real(node.exponent, scope)
                )
            case Apply():
                return arithmetic.apply(node.function, self.real(node.operand, scope))
            case Extreme():
                return arithmetic.extreme(node.kind, [self.real(o, scope) for o in node.operands])
            case Reduce():
                return self._reduce(node, scope)
            case Cases():
                return self._cases(node, scope)
            case _:
                message = f"{type(node).__name__} has no value before the equation is configured"
                raise TypeError(message)

    def position(self, node: Reduce, scope: Scope) -> Tensor:
        return self.arithmetic.value(self._reduce(node, scope)).long()

    def _product(self, node: Mul, scope: Scope) -> Q:
        held = [self.condition(f.condition, scope) for f in node.factors if isinstance(f, Bracket)]
        others = [f for f in node.factors if not isinstance(f, Bracket)]
        result = self.arithmetic.multiply([self.real(f, scope) for f in others])
        for condition in held:
            nothing = self.arithmetic.constant(0, self.store.zero)
            result = self.arithmetic.choose(condition, result, nothing)
        return result

    def _cases(self, node: Cases, scope: Scope) -> Q:
        conditions = [self.condition(case.condition, scope) for case in node.cases]
        earlier = torch.zeros_like(conditions[0])
        chosen: list[tuple[Tensor, Q]] = []
        for held, case in zip(conditions, node.cases, strict=True):
            alone = held & ~earlier
            chosen.append((held, self.real(case.value, scope.guarded(alone))))
            earlier = earlier | held
        result = self.real(node.otherwise, scope.guarded(~earlier))
        for held, value in reversed(chosen):
            result = self.arithmetic.choose(held, value, result)
        return result

    def reduced(self, node: Reduce, scope: Scope) -> Tensor:
        inside, extents, mask = self._inside(node, scope)
        if 0 in extents:
            return self.arithmetic.value(self._empty(node)).long()
        return reduce_integers(
            node.kind, self.integer(node.body, inside), extents, scope.axes, mask
        )

    def _reduce(self, node: Reduce, scope: Scope) -> Q:
        inside, extents, mask = self._inside(node, scope)
        if 0 in extents and not node.kind.startswith("arg"):
            return self._empty(node)
        parts = split(node) if self.products and mask is None else None
        if parts is not None:
            left, right = (
                self.arithmetic.multiply([self.real(factor, inside) for factor in factors])
                for factors in (parts.left, parts.right)
            )
            return self.arithmetic.product_sum(left, right, extents, scope.axes)
        body = self.real(node.body, inside)
        return self.arithmetic.reduce(node.kind, body, extents, scope.axes, mask)

    def _inside(self, node: Reduce, scope: Scope) -> tuple[Scope, tuple[int, ...], Tensor | None]:
        """The scope of a reduction's body, the extents of its ranges, and where it counts."""
        inside = Scope(dict(scope.variables), dict(scope.ranges), scope.axes, scope.guard)
        extents: list[int] = []
        mask: Tensor | None = None
        count = len(node.ranges)
        for position, span in enumerate(node.ranges):
            axis = scope.axes + count - 1 - position
            values, length, held = self._index(span, inside, axis)
            inside.variables[span.var.name] = values
            extents.append(length)
            mask = both(mask, held)
        inside.axes = scope.axes + count
        if node.where is not None:
            inside.guard = both(inside.guard, mask)
            mask = both(mask, self.condition(node.where, inside))
        inside.guard = both(inside.guard, mask)
        return inside, tuple(extents), mask

    def _empty(self, node: Reduce) -> Q:
        if node.kind not in {"sum", "prod"}:
            message = f"{node.kind} over an empty range"
            raise ValueError(message)
        return self.arithmetic.constant(0 if node.kind == "sum" else 1, self.store.zero)

    def _index(self, span: Range, scope: Scope, axis: int) -> tuple[Tensor, int, Tensor | None]:
        """A range's index along `axis`, its length, and where it is inside where that varies."""
        limits = extent(span, scope.ranges)
        start, stop = self.integer(span.start, scope), self.integer(span.stop, scope)
        if limits is None:
            limits = (int(start.min()), int(stop.max()) - 1)
        scope.ranges[span.var.name] = limits
        shape = (-1,) + (1,) * axis
        if start.dim() == 0 and stop.dim() == 0:
            values = torch.arange(int(start), int(stop), device=self.store.device)
            return values.reshape(shape), values.shape[0], None
        length = int((stop - start).max().clamp(min=0))
        values = start + torch.arange(length, device=self.store.device).reshape(shape)
        # beyond its own stop an index does not count, but what it reads must exist
        return values.clamp(limits[0], max(limits)), length, values < stop

    def element(self, node: Read, scope: Scope) -> Tensor:
        declared = self.equation.declared(node.tensor)
        if declared.role == "stage":
            return self.arithmetic.value(self._read(node, scope)).long()
        offset, valid, _ = self._offset(node, scope)
        values = self.store.gather(node.tensor, offset)
        if valid is None or declared.outside is None:
            return values
        return torch.where(valid, values, int(declared.outside.value))

    def _offset(self, node: Read, scope: Scope) -> tuple[Tensor, Tensor | None, tuple[Tensor, ...]]:
        """Row-major offsets of what is read, where it is inside of the tensor, and each index."""
        declared = self.equation.declared(node.tensor)
        offset: Tensor | None = None
        valid: Tensor | None = None
        places: list[Tensor] = []
        stride = numel(declared)
        for index, length in zip(node.indices, lengths(declared), strict=True):
            stride //= max(length, 1)
            values = self.integer(index, scope)
            limits = bounds(index, scope.ranges)
            if limits is None or limits[0] < 0 or limits[1] >= length:
                values, inside = self.store.bring_inside(values, length, declared.outside)
                valid = both(valid, inside)
            places.append(values)
            part = values if stride == 1 else values * stride
            offset = part if offset is None else offset + part
        if offset is None:
            offset = torch.zeros((), dtype=torch.int64, device=self.store.device)
        if valid is not None and declared.outside is None:
            wrong = ~valid if scope.guard is None else ~valid & scope.guard
            if bool(wrong.any()):
                message = f"{node.tensor} is read outside of its {list(declared.sizes)} elements"
                raise IndexError(message)
        return offset, valid, tuple(places)

    def _read(self, node: Read, scope: Scope) -> Q:
        declared = self.equation.declared(node.tensor)
        offset, valid, places = self._offset(node, scope)
        if declared.role == "stage":
            asked = both(valid, scope.guard)
            box = spanned(places) if asked is None else None
            known = self.demand(self.equation.stage(node.tensor), offset, asked, box)
            values, errors = known.read(offset)
            found = self.arithmetic.stage(values, errors, node)
        else:
            found = self.arithmetic.exact(self.store.gather(node.tensor, offset))
        if valid is not None and declared.outside is not None:
            edge = self.arithmetic.constant(declared.outside.value, self.store.zero)
            found = self.arithmetic.choose(valid, found, edge)
        return found


def _divided(elements: Tensor | Box, step: int) -> Iterator[Tensor | Box]:
    """Chunks of about so many elements."""
    if isinstance(elements, Tensor):
        yield from torch.split(elements, step)
    else:
        yield from blocks(elements, step)


def _joined(parts: list[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor | None]:
    if len(parts) == 1:
        return parts[0]
    values = torch.cat([v for v, _ in parts])
    if all(e is None for _, e in parts):
        return values, None
    # a chunk may be exact beside others that are not
    return values, torch.cat([torch.zeros_like(v) if e is None else e for v, e in parts])

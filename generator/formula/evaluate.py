"""Vectorised evaluation of an equation in float64, on the device of its operands.

Each index is an axis of a broadcast tensor, each read a gather, each reduction a sum over its axes.
The elements asked for lie on the rightmost axis; the ranges of a reduction are put to the left of
the axes around it. A stage is evaluated at the elements that are read of it, each once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

import torch
from torch import Tensor

from generator.formula.arithmetic import Arithmetic, Plain, Q
from generator.formula.bounds import Interval, bounds, extent
from generator.formula.budget import FACTOR, Tracked
from generator.formula.conditions import Conditions
from generator.formula.operands import Store, is_integer, numel, term_count
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Div,
    Equation,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Num,
    Pow,
    Range,
    Read,
    Reduce,
    Stage,
    Var,
)

CHUNK = 1 << 17
"""Numbers that one step of the evaluation may hold at once: what a core's cache holds of them."""
DEVICE_CHUNK = 1 << 22
"""The same on an accelerator, which many small steps would leave idle."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Float64 values at the elements asked for, and the error budget of each where tracked."""

    values: Tensor
    budget: Tensor | None


def evaluate(
    equation: Equation,
    operands: Mapping[str, Tensor],
    elements: Tensor | None = None,
    *,
    unit: float | None = None,
    storage: float | None = None,
) -> Evaluated:
    """Values of a configured equation at elements, shape (count, axes); None: at all, row-major.

    With the unit roundoff `unit` of the library's arithmetic, each value comes with the error that
    this arithmetic may have made there; `storage` is the roundoff of the result's own type where
    that is coarser. Raises IndexError for a read outside of a tensor, ValueError for an operand
    whose shape is not what the equation declares.
    """
    store = Store(equation, operands)
    if elements is None:
        elements = all_elements(equation, store.device)
    elements = elements.to(store.device)
    if unit is None:
        plain = Evaluation(equation, store, Plain())
        return Evaluated(plain.at(equation.body, equation.indices, elements)[0], None)
    # the check itself rounds too, in float64
    tracked = Evaluation(equation, store, Tracked(math.hypot(unit, 2.0**-53)))
    if equation.arithmetic is None:
        values, errors = tracked.at(equation.body, equation.indices, elements)
    else:
        values, _ = Evaluation(equation, store, Plain()).at(
            equation.body, equation.indices, elements
        )
        _, errors = tracked.at(equation.arithmetic, equation.indices, elements)
    budget = torch.zeros_like(values) if errors is None else FACTOR * errors
    if storage is not None and storage > unit:
        budget = budget + storage * values.abs()
    return Evaluated(values, budget)


def all_elements(equation: Equation, device: torch.device) -> Tensor:
    """Every element of the result, row-major; shape (count, axes)."""
    lengths = [int(size.value) for size in equation.result.sizes if isinstance(size, Num)]
    return coordinates(torch.arange(math.prod(lengths), device=device), lengths)


def coordinates(offsets: Tensor, lengths: list[int]) -> Tensor:
    """Row-major offsets as indices, shape (count, axes)."""
    columns: list[Tensor] = []
    for length in reversed(lengths):
        columns.append(offsets % max(length, 1))
        offsets = offsets // max(length, 1)
    if not columns:
        return offsets.new_zeros((offsets.shape[0], 0))
    return torch.stack(columns[::-1], dim=1)


@dataclass(slots=True)
class Scope:
    """What an index means where a node is evaluated: its values, its interval, and who reads."""

    variables: dict[str, Tensor]
    ranges: dict[str, Interval]
    axes: int
    guard: Tensor | None = None
    """Where the node's value counts; None: everywhere. What is read elsewhere may not exist."""

    def guarded(self, condition: Tensor) -> Scope:
        """This scope where the condition holds."""
        guard = condition if self.guard is None else self.guard & condition
        return Scope(self.variables, self.ranges, self.axes, guard)


@dataclass(slots=True)
class _Known:
    """The elements of a stage that have been evaluated."""

    values: Tensor
    errors: Tensor | None
    present: Tensor
    upto: int = 0
    """For a recurrence: how many positions along its axis are complete."""


@dataclass
class Evaluation(Conditions[Q], Generic[Q]):
    """One evaluation of an equation under one arithmetic."""

    equation: Equation
    store: Store
    arithmetic: Arithmetic[Q]
    known: dict[str, _Known] = field(default_factory=dict)

    def at(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        """Values and standard errors of `body` at the elements, in chunks that fit in memory."""
        step = self._step(body, self._ranges(indices, elements))
        parts = [self._chunk(body, indices, chunk) for chunk in torch.split(elements, step)]
        if len(parts) == 1:
            return parts[0]
        joined = torch.cat([v for v, _ in parts])
        if all(e is None for _, e in parts):
            return joined, None
        # a chunk may be exact beside others that are not
        return joined, torch.cat([torch.zeros_like(v) if e is None else e for v, e in parts])

    def _step(self, body: Expr, ranges: Mapping[str, Interval]) -> int:
        """Elements of one chunk."""
        room = CHUNK if self.store.device.type == "cpu" else DEVICE_CHUNK
        return max(1, room // term_count(body, ranges))

    def _chunk(
        self, body: Expr, indices: tuple[Var, ...], elements: Tensor
    ) -> tuple[Tensor, Tensor | None]:
        count = elements.shape[0]
        variables = {v.name: elements[:, k] for k, v in enumerate(indices)}
        scope = Scope(variables, self._ranges(indices, elements), 1)
        found = self.real(body, scope)
        error = self.arithmetic.error(found)
        values = self.arithmetic.value(found).expand(count)
        return values, None if error is None else error.expand(count)

    def _ranges(self, indices: tuple[Var, ...], elements: Tensor) -> dict[str, Interval]:
        if elements.shape[0] == 0:
            return {}
        low, high = elements.amin(0).tolist(), elements.amax(0).tolist()
        return {v.name: (low[k], high[k]) for k, v in enumerate(indices)}

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

    def integral(self, node: Expr) -> bool:
        return is_integer(node, self.equation)

    def integer(self, node: Expr, scope: Scope) -> Tensor:
        """The node as exact integers."""
        match node:
            case Num():
                return torch.tensor(node.value, device=self.store.device)
            case Var():
                return scope.variables[node.name]
            case Neg():
                return -self.integer(node.operand, scope)
            case FloorDiv():
                divisor = self.integer(node.denominator, scope)
                return self.integer(node.numerator, scope).div(divisor, rounding_mode="floor")
            case Mod():
                return self.integer(node.numerator, scope) % self.integer(node.denominator, scope)
            case Apply():
                return self.integer(node.operand, scope).abs()
            case Add() | Mul() | Extreme():
                return self._fold(node, scope)
            case Bracket():
                return self.condition(node.condition, scope).long()
            case Read():
                return self.arithmetic.value(self._read(node, scope)).long()
            case Reduce():
                return self.arithmetic.value(self._reduce(node, scope)).long()
            case Cases():
                result = self.integer(node.otherwise, scope)
                for case in reversed(node.cases):
                    held = self.condition(case.condition, scope)
                    result = torch.where(held, self.integer(case.value, scope), result)
                return result
            case _:
                message = f"{type(node).__name__} is no integer"
                raise TypeError(message)

    def _fold(self, node: Add | Mul | Extreme, scope: Scope) -> Tensor:
        combine: Callable[..., Any]
        if isinstance(node, Add):
            parts, combine = node.terms, torch.add
        elif isinstance(node, Mul):
            parts, combine = node.factors, torch.mul
        else:
            parts = node.operands
            combine = torch.maximum if node.kind == "max" else torch.minimum
        result = self.integer(parts[0], scope)
        for part in parts[1:]:
            # a number stays a Python scalar, which is cheaper than a tensor of one element
            if isinstance(part, Num) and combine in {torch.add, torch.mul}:
                result = combine(result, part.value)
            else:
                result = combine(result, self.integer(part, scope))
        assert isinstance(result, Tensor)
        return result

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

    def _reduce(self, node: Reduce, scope: Scope) -> Q:
        inside = Scope(dict(scope.variables), dict(scope.ranges), scope.axes, scope.guard)
        lengths: list[int] = []
        mask: Tensor | None = None
        count = len(node.ranges)
        for position, span in enumerate(node.ranges):
            axis = scope.axes + count - 1 - position
            values, length, held = self._index(span, inside, axis)
            inside.variables[span.var.name] = values
            lengths.append(length)
            mask = _both(mask, held)
        inside.axes = scope.axes + count
        if node.where is not None:
            inside.guard = _both(inside.guard, mask)
            mask = _both(mask, self.condition(node.where, inside))
        inside.guard = _both(inside.guard, mask)
        if 0 in lengths and not node.kind.startswith("arg"):
            return self._empty(node)
        body = self.real(node.body, inside)
        return self.arithmetic.reduce(node.kind, body, tuple(lengths), scope.axes, mask)

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

    def _read(self, node: Read, scope: Scope) -> Q:
        declared = self.equation.declared(node.tensor)
        lengths = [int(size.value) for size in declared.sizes if isinstance(size, Num)]
        offset: Tensor | None = None
        valid: Tensor | None = None
        stride = numel(declared)
        for index, length in zip(node.indices, lengths, strict=True):
            stride //= max(length, 1)
            values = self.integer(index, scope)
            limits = bounds(index, scope.ranges)
            if limits is None or limits[0] < 0 or limits[1] >= length:
                values, inside = self.store.bring_inside(values, length, declared.outside)
                valid = _both(valid, inside)
            part = values if stride == 1 else values * stride
            offset = part if offset is None else offset + part
        if offset is None:
            offset = torch.zeros((), dtype=torch.int64, device=self.store.device)
        return self._gather(node, offset, valid, scope)

    def _gather(self, node: Read, offset: Tensor, valid: Tensor | None, scope: Scope) -> Q:
        declared = self.equation.declared(node.tensor)
        if valid is not None and declared.outside is None:
            wrong = ~valid if scope.guard is None else ~valid & scope.guard
            if bool(wrong.any()):
                message = f"{node.tensor} is read outside of its {list(declared.sizes)} elements"
                raise IndexError(message)
        if declared.role == "stage":
            asked = _both(valid, scope.guard)
            known = self._demand(self.equation.stage(node.tensor), offset, asked)
            values = known.values.index_select(0, offset.flatten()).view(offset.shape)
            errors = None
            if known.errors is not None:
                errors = known.errors.index_select(0, offset.flatten()).view(offset.shape)
            found = self.arithmetic.stage(values, errors, node)
        else:
            found = self.arithmetic.exact(self.store.gather(node.tensor, offset))
        if valid is not None and declared.outside is not None:
            edge = self.arithmetic.constant(declared.outside.value, self.store.zero)
            found = self.arithmetic.choose(valid, found, edge)
        return found

    def _demand(self, stage: Stage, offset: Tensor, asked: Tensor | None) -> _Known:
        """The stage, evaluated at least at the offsets that are asked for."""
        name = stage.tensor.name
        if name not in self.known:
            self.known[name] = self._unknown(stage)
        known = self.known[name]
        mark = torch.zeros_like(known.present)
        if asked is None:
            mark[offset.flatten()] = True
        else:
            there = offset + torch.zeros_like(asked, dtype=torch.int64)
            mark[there[asked | torch.zeros_like(there, dtype=torch.bool)]] = True
        mark &= ~known.present
        missing = mark.nonzero().flatten()
        if missing.numel():
            if stage.along is None:
                self._fill(stage, known, missing)
            else:
                self._advance(stage, known, missing)
        return self.known[name]

    def _unknown(self, stage: Stage) -> _Known:
        count = numel(stage.tensor)
        values = torch.zeros(count, dtype=torch.float64, device=self.store.device)
        errors = None if isinstance(self.arithmetic, Plain) else torch.zeros_like(values)
        return _Known(values, errors, torch.zeros_like(values, dtype=torch.bool))

    def _fill(self, stage: Stage, known: _Known, offsets: Tensor) -> None:
        lengths = [int(size.value) for size in stage.tensor.sizes if isinstance(size, Num)]
        elements = coordinates(offsets, lengths)
        if stage.tensor.integer:
            found, errors = self._integers(stage, elements).to(torch.float64), None
        else:
            found, errors = self.at(stage.body, stage.indices, elements)
        # out of place, so that autograd follows
        known.values = known.values.index_put((offsets,), found)
        if known.errors is not None and errors is not None:
            known.errors[offsets] = errors
        known.present[offsets] = True

    def _integers(self, stage: Stage, elements: Tensor) -> Tensor:
        ranges = self._ranges(stage.indices, elements)
        variables = {v.name: elements[:, k] for k, v in enumerate(stage.indices)}
        step = self._step(stage.body, ranges)
        parts = [
            self.integer(
                stage.body, Scope({n: v[a : a + step] for n, v in variables.items()}, ranges, 1)
            ).expand(min(step, elements.shape[0] - a))
            for a in range(0, elements.shape[0], step)
        ]
        return torch.cat(parts)

    def _advance(self, stage: Stage, known: _Known, missing: Tensor) -> None:
        """Complete a recurrence, one position after the other, as far as it is asked for."""
        assert stage.along is not None
        lengths = [int(size.value) for size in stage.tensor.sizes if isinstance(size, Num)]
        length = lengths[stage.along]
        everything = torch.arange(known.present.numel(), device=self.store.device)
        column = coordinates(everything, lengths)[:, stage.along]
        asked = column[missing]
        last = int(asked.max() if stage.direction == 1 else length - 1 - asked.min())
        while known.upto <= last:
            position = known.upto if stage.direction == 1 else length - 1 - known.upto
            known.upto += 1
            self._fill(stage, known, everything[column == position])


def _both(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    if first is None or second is None:
        return second if first is None else first
    return first & second

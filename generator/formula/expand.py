"""Expansion of an equation at one element, term by term, in Python's float64."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import cast

import torch
from torch import Tensor

from generator.formula.assignments import assignments
from generator.formula.demand import Demand
from generator.formula.expansion import Cell, Entry, Listed, StageWorking, Working
from generator.formula.functions import COMPARISONS
from generator.formula.operands import is_integer, lengths, offset
from generator.formula.python_numbers import (
    applied,
    divided,
    fits,
    largest,
    nothing,
    powered,
    real,
    smallest,
    wrapped,
)
from generator.formula.recurrences import Recurrences
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Compare,
    Cond,
    Div,
    Either,
    Equation,
    Every,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Not,
    Num,
    Outside,
    Pow,
    Read,
    Reduce,
    Var,
)
from generator.formula.vectorised import Vectorised

LIMIT = 4096
"""Terms that one reduction lists; longer ones list the first so many and count the rest."""

SHOWN = 3
"""Elements of one stage whose own working is kept."""

NEAR, FAR = 2, 6
"""Stages between the equation and one of which so many are kept; of farther ones the first is, and
of those beyond FAR none: they stand as numbers."""

MOST = 1 << 14
"""What the stages of an element may cost, in operations, for all of them to be worked out; where
they cost more, those that are not shown stand as the vectorised evaluation gives them."""

DECIDED = 16
"""Numbers that decided a condition or an index, of which so many are kept."""

_MANY = 128
"""Terms beyond which those that a condition leaves are found all at once."""

Indices = Mapping[str, int]


def expand(
    equation: Equation,
    operands: Mapping[str, Tensor],
    element: tuple[int, ...],
    *,
    limit: int = LIMIT,
) -> Working:
    """The configured equation worked out at one element of its result.

    Raises IndexError for an element outside of the result.
    """
    sizes = lengths(equation.result)
    if len(element) != len(sizes) or not all(
        0 <= e < n for e, n in zip(element, sizes, strict=False)
    ):
        message = f"element {list(element)} is not in {equation.result.name} of shape {list(sizes)}"
        raise IndexError(message)
    demand = Demand(equation, rounded=False)
    indices = {v.name: e for v, e in zip(equation.indices, element, strict=True)}
    demand.add({name: (e, e) for name, e in indices.items()})
    expander = _Expander(equation, operands, limit, demand)
    if expander.vast:
        # all stages that the element reads are evaluated, so that each stands as a number
        expander.vectorised.value(equation.body, indices)
    body, value = expander.work(equation.body, indices)
    return Working(
        element,
        body,
        value,
        tuple(expander.shown),
        expander.hidden(),
        tuple(expander.decided.values()),
    )


class _Expander:
    def __init__(
        self, equation: Equation, operands: Mapping[str, Tensor], limit: int, demand: Demand
    ) -> None:
        self.demand = demand
        self.vast = demand.stages > MOST
        self.cut = False
        self.equation = equation
        self.operands = operands
        self.limit = limit
        tensors = (*equation.tensors, *(s.tensor for s in equation.stages))
        self.declared = {t.name: (t, lengths(t)) for t in tensors}
        self.numbers = {t.name: _Numbers(operands[t.name]) for t in equation.tensors}
        self.stages: dict[tuple[str, tuple[int, ...]], float] = {}
        self.shown: list[StageWorking] = []
        self.asking = 0
        self.decided: dict[tuple[str, tuple[int, ...]], Cell] = {}
        self.begun: Counter[str] = Counter()
        self.recurrences = Recurrences(equation)
        self.wholes: dict[int, bool] = {}
        self.vectorised = Vectorised(equation, operands)

    def hidden(self) -> tuple[tuple[str, int], ...]:
        """The stages of which not every element that was read is shown, and how many are not."""
        read = Counter(name for name, _ in self.stages)
        for name in read if self.vast or self.cut else ():
            read[name] = max(read[name], self.demand.elements(name) or 0)
        read.subtract(s.name for s in self.shown)
        return tuple((name, count) for name, count in read.items() if count > 0)

    def work(self, node: Expr, at: Indices) -> tuple[Expr, float]:
        """The node with numbers, and its value."""
        worked, value = self._worked(node, at)
        return worked, self._held(node, value)

    def _held(self, node: Expr, value: float) -> float:
        """The value as int64 holds it, or float64 where the node is not computed in integers."""
        if not isinstance(value, int) or fits(value):
            return value
        return wrapped(value) if self._whole(node) else real(value)

    def _whole(self, node: Expr) -> bool:
        """Whether the node is computed in int64, not in float64."""
        found = self.wholes.get(id(node))
        if found is None:
            found = self.wholes[id(node)] = is_integer(node, self.equation)
        return found

    def _worked(self, node: Expr, at: Indices) -> tuple[Expr, float]:
        match node:
            case Num():
                return node, node.value
            case Var():
                return Num(at[node.name]), at[node.name]
            case Read():
                return self._cell(node, at)
            case Add():
                return self._many(node.terms, at, Add, sum)
            case Mul():
                brackets = [f for f in node.factors if isinstance(f, Bracket)]
                present = all(self.holds(b.condition, at) for b in brackets)
                return self._many(node.factors, at, Mul, math.prod if present else nothing)
            case Extreme():
                pick = largest if node.kind == "max" else smallest
                kind = node.kind
                return self._many(node.operands, at, lambda o: Extreme(kind, o), pick)
            case Neg():
                inner, value = self.work(node.operand, at)
                return Neg(inner), -value
            case Div():
                return self._pair(Div, node.numerator, node.denominator, at)
            case Pow():
                return self._pair(Pow, node.base, node.exponent, at)
            case Apply():
                inner, value = self.work(node.operand, at)
                return Apply(node.function, inner), applied(node.function, value)
            case Reduce():
                return self._reduce(node, at)
            case Cases():
                return self._cases(node, at)
            case Bracket():
                held = int(self.holds(node.condition, at))
                return Num(held), held
            case FloorDiv() | Mod():
                number = self.integer(node, at)
                return Num(number), number
            case _:
                message = f"{type(node).__name__} has no value before the equation is configured"
                raise TypeError(message)

    def integer(self, node: Expr, at: Indices) -> int:
        """The value of an index expression."""
        match node:
            case Num():
                return int(node.value)
            case Var():
                return at[node.name]
            case Add():
                return wrapped(sum(self.integer(t, at) for t in node.terms))
            case Mul():
                return wrapped(math.prod(self.integer(f, at) for f in node.factors))
            case Neg():
                return wrapped(-self.integer(node.operand, at))
            case FloorDiv():
                return self.integer(node.numerator, at) // self.integer(node.denominator, at)
            case Mod():
                return self.integer(node.numerator, at) % self.integer(node.denominator, at)
            case _:
                with self._deciding():
                    return int(self.work(node, at)[1])

    def holds(self, node: Cond, at: Indices) -> bool:
        """Whether the condition holds."""
        match node:
            case Compare():
                whole = all(is_integer(side, self.equation) for side in (node.left, node.right))
                if whole:
                    left: float = self.integer(node.left, at)
                    right: float = self.integer(node.right, at)
                else:
                    with self._deciding():
                        left, right = self.work(node.left, at)[1], self.work(node.right, at)[1]
                return bool(COMPARISONS[node.comparison](left, right))
            case Every():
                return all(self.holds(c, at) for c in node.conditions)
            case Either():
                return any(self.holds(c, at) for c in node.conditions)
            case Not():
                return not self.holds(node.condition, at)
            case _:
                message = f"{type(node).__name__} is no condition of the language"
                raise TypeError(message)

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        """Numbers read here do not stand in the working: they decide what does."""
        self.asking += 1
        try:
            yield
        finally:
            self.asking -= 1

    def _many(
        self,
        nodes: tuple[Expr, ...],
        at: Indices,
        build: Callable[[tuple[Expr, ...]], Expr],
        fold: Callable[[Iterable[float]], float],
    ) -> tuple[Expr, float]:
        worked = [self.work(n, at) for n in nodes]
        return build(tuple(w for w, _ in worked)), fold(v for _, v in worked)

    def _pair(
        self, kind: type[Div | Pow], first: Expr, second: Expr, at: Indices
    ) -> tuple[Expr, float]:
        (a, left), (b, right) = self.work(first, at), self.work(second, at)
        return kind(a, b), divided(left, right) if kind is Div else powered(left, right)

    def _cases(self, node: Cases, at: Indices) -> tuple[Expr, float]:
        for case in node.cases:
            if self.holds(case.condition, at):
                return self.work(case.value, at)
        return self.work(node.otherwise, at)

    def _cell(self, node: Read, at: Indices) -> tuple[Expr, float]:
        declared, sizes = self.declared[node.tensor]
        index = tuple([self.integer(i, at) for i in node.indices])
        inside = tuple([_inside(i, n, declared.outside) for i, n in zip(index, sizes, strict=True)])
        if None in inside:
            if declared.outside is None:
                message = f"{node.tensor}{list(index)} is read outside of its {sizes}"
                raise IndexError(message)
            return Cell(node.tensor, index, declared.outside.value, padded=True), (
                declared.outside.value
            )
        found = tuple(i for i in inside if i is not None)
        if declared.role == "stage":
            value = self._stage(node.tensor, found)
        else:
            value = self.numbers[node.tensor][offset(found, sizes)]
        cell = Cell(node.tensor, index, value, padded=found != index)
        if self.asking and len(self.decided) < DECIDED:
            self.decided.setdefault((node.tensor, index), cell)
        return cell, value

    def _stage(self, name: str, index: tuple[int, ...]) -> float:
        known = self.stages.get((name, index))
        if known is not None:
            return known
        stage = self.equation.stage(name)
        at = {v.name: i for v, i in zip(stage.indices, index, strict=True)}
        # of a recurrence one step is worked out: what it reads of others stands as a number
        depth = self.recurrences.depth
        limit = SHOWN if depth <= NEAR else 1 if depth <= FAR else 0
        shown = self.begun[name] < limit and not self.recurrences.earlier(stage, index)
        if (stage.along is not None or self.vast) and not shown:
            value = self.vectorised.element(stage, index)
        else:
            self.begun[name] += 1
            with self.recurrences.within(stage, index):
                body, value = self.work(stage.body, at)
            if shown:
                self.shown.append(StageWorking(name, index, body, value))
        self.stages[name, index] = value
        return value

    def _reduce(self, node: Reduce, at: Indices) -> tuple[Expr, float]:
        axes = tuple(r.var.name for r in node.ranges)
        entries: list[Entry] = []
        count, listed = self._terms(node, at)
        for inside in listed:
            item, value = self.work(node.body, inside)
            entries.append(Entry(tuple(inside[a] for a in axes), item, value))
        if count > self.limit:
            # the terms behind the listed ones read stages as well
            self.cut = True
            value = self.vectorised.value(node, at)
        else:
            value = self._held(node, self._folded(node, entries, at))
        if count <= self.limit:
            return Listed(node.kind, axes, tuple(entries), value), value
        omitted, around = count - self.limit, tuple(at.items())
        return Listed(node.kind, axes, tuple(entries), value, omitted, node, around), value

    def _terms(self, node: Reduce, at: Indices) -> tuple[int, list[Indices]]:
        """How many terms the reduction has, and the indices of those that are listed."""
        possible = self._term_count(node, at)
        if possible is not None and possible > max(_MANY, self.limit):
            if node.where is None:
                return possible, list(islice(self._assignments(node, dict(at), 0), self.limit))
            every = assignments(self.vectorised.evaluation, node, at)
            if every is not None:
                names = [span.var.name for span in node.ranges]
                listed = every[: self.limit].tolist()
                return len(every), [{**at, **dict(zip(names, i, strict=True))} for i in listed]
        held = [
            inside
            for inside in self._assignments(node, dict(at), 0)
            if node.where is None or self.holds(node.where, inside)
        ]
        return len(held), held[: self.limit]

    def _term_count(self, node: Reduce, at: Indices) -> int | None:
        """The number of terms of a reduction whose bounds do not depend on its own indices."""
        try:
            return math.prod(
                max(0, self.integer(r.stop, at) - self.integer(r.start, at)) for r in node.ranges
            )
        except KeyError:
            return None

    def _assignments(self, node: Reduce, at: dict[str, int], depth: int) -> Iterator[Indices]:
        if depth == len(node.ranges):
            yield at
            return
        span = node.ranges[depth]
        for value in range(self.integer(span.start, at), self.integer(span.stop, at)):
            yield from self._assignments(node, {**at, span.var.name: value}, depth + 1)

    def _folded(self, node: Reduce, entries: list[Entry], at: Indices) -> float:
        values = [e.value for e in entries]
        if node.kind == "sum":
            if self._whole(node):
                return sum(values)
            return math.fsum(values) if all(map(math.isfinite, values)) else sum(values)
        if node.kind == "prod":
            return math.prod(values)
        best = (largest if node.kind.endswith("max") else smallest)(values)
        if not node.kind.startswith("arg"):
            return best
        first = entries[values.index(best)].at
        position = 0
        for value, span in zip(first, node.ranges, strict=True):
            start, stop = self.integer(span.start, at), self.integer(span.stop, at)
            position = position * (stop - start) + value - start
        return position


class _Numbers:
    """The elements of a tensor by row-major offset, as Python numbers."""

    def __init__(self, tensor: Tensor) -> None:
        tensor = tensor.detach()
        if tensor.dtype in {torch.bfloat16, torch.float16}:
            tensor = tensor.float()
        if tensor.dtype == torch.bool:  # a truth value is calculated with as 0 or 1
            tensor = tensor.to(torch.int8)
        self.flat = tensor.reshape(-1).cpu().numpy()

    def __getitem__(self, place: int) -> float:
        return cast("float", self.flat[place].item())


def _inside(index: int, length: int, outside: Outside | None) -> int | None:
    if 0 <= index < length:
        return index
    if outside is None or outside.rule == "constant":
        return None
    if outside.rule == "circular":
        return index % length
    if outside.rule == "reflect":
        return (length - 1) - abs((length - 1) - abs(index))
    return min(max(index, 0), length - 1)

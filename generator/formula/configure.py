"""From the general formula to the layer's own: symbols become numbers, what is absent goes away.

Only what the configuration decides is simplified: stride 2 reads 2h, no padding leaves no p, no
bias leaves no b, a kernel of one row leaves no sum over rows. The working itself is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generator.formula.bounds import Interval, bounds, extent
from generator.formula.floors import collected, reduced, remainders, summed
from generator.formula.functions import COMPARISONS
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Case,
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
    Pow,
    Range,
    Read,
    Reduce,
    Stage,
    Sym,
    Tensor,
    Var,
    When,
)
from generator.formula.walk import children, reachable

Setting = int | float | bool
_EXTREMES = {"max", "min"}
_EMPTY = {"sum": Num(0), "prod": Num(1)}


def configure(equation: Equation, settings: Mapping[str, Setting]) -> Equation:
    """The equation as a layer is configured.

    `settings` has a number for each `Sym` and a boolean for each flag of a `When`, by name;
    KeyError names one that is missing. A stage that comes to one number everywhere stands as that
    number where it is read; it stays among the stages, for those who look for its definition.
    """
    reader = _Reader(settings)
    tensors = tuple(reader.tensor(t) for t in equation.tensors)
    stages = tuple(reader.stage(s) for s in equation.stages)
    result = reader.tensor(equation.result)
    inside = reader.inside(equation.indices, result)
    body = inside.value(equation.body)
    arithmetic = None if equation.arithmetic is None else inside.value(equation.arithmetic)
    bodies = (body, *(() if arithmetic is None else (arithmetic,)))
    used = reachable(bodies, stages, rounded=True)
    used |= reader.numbers.named
    return Equation(
        result=result,
        indices=equation.indices,
        body=body,
        tensors=tuple(t for t in tensors if t.name in used),
        stages=tuple(s for s in stages if s.tensor.name in used),
        arithmetic=arithmetic,
        shared=equation.shared,
    )


def size(node: Expr, settings: Mapping[str, Setting]) -> int:
    """The integer that an expression without indices comes to."""
    configured = _Reader(settings).index(node)
    if not isinstance(configured, Num) or not isinstance(configured.value, int):
        message = f"{node} is no integer under {dict(settings)}"
        raise TypeError(message)
    return configured.value


class _Numbers(dict[str, Num]):
    """The stages that are one number everywhere, and which of them have been read."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[str] = set()


class _Reader:
    """Rewrites nodes under the settings, knowing the interval of each index in scope."""

    def __init__(
        self,
        settings: Mapping[str, Setting],
        ranges: Mapping[str, Interval] | None = None,
        fixed: Mapping[str, Expr] | None = None,
        numbers: _Numbers | None = None,
    ) -> None:
        self.settings = settings
        self.ranges = dict(ranges or {})
        self.fixed = dict(fixed or {})
        self.numbers = _Numbers() if numbers is None else numbers

    def tensor(self, tensor: Tensor) -> Tensor:
        return replace(tensor, sizes=tuple(self.index(s) for s in tensor.sizes))

    def stage(self, stage: Stage) -> Stage:
        tensor = self.tensor(stage.tensor)
        inside = self.inside(stage.indices, tensor)
        body = inside.index(stage.body) if tensor.integer else inside.value(stage.body)
        if isinstance(body, Num):
            self.numbers[stage.tensor.name] = body
        arithmetic = None if stage.arithmetic is None else inside.value(stage.arithmetic)
        return replace(stage, tensor=tensor, body=body, arithmetic=arithmetic)

    def inside(self, variables: tuple[Var, ...], tensor: Tensor) -> _Reader:
        """A reader that knows the result's indices to run over the tensor's sizes."""
        ranges: dict[str, Interval] = {}
        for variable, length in zip(variables, tensor.sizes, strict=True):
            if isinstance(length, Num) and isinstance(length.value, int):
                ranges[variable.name] = (0, length.value - 1)
        return _Reader(self.settings, ranges, numbers=self.numbers)

    def value(self, node: Expr) -> Expr:
        return self._present(node, index=False)

    def index(self, node: Expr) -> Expr:
        return self._present(node, index=True)

    def _present(self, node: Expr, *, index: bool) -> Expr:
        found = self._rewrite(node, index=index)
        if found is None:
            message = f"the whole of {node} is absent in this configuration"
            raise ValueError(message)
        return found

    def _rewrite(self, node: Expr, *, index: bool) -> Expr | None:
        """The node under the settings; None where a `When` leaves nothing of it."""
        match node:
            case Num():
                return node
            case Var():
                return self.fixed.get(node.name, node)
            case Sym():
                return Num(self.settings[node.name])
            case When():
                return self._rewrite(node.body, index=index) if self.settings[node.flag] else None
            case Read():
                return self._read(node)
            case Add():
                return self._add(self._list(node.terms, index=index), index=index)
            case Mul():
                return self._mul(self._list(node.factors, index=index), index=index)
            case Neg():
                inner = self._rewrite(node.operand, index=index)
                return None if inner is None else _negative(inner, index=index)
            case Reduce():
                return self._reduce(node)
            case Cases():
                return self._cases(node, index=index)
            case Bracket():
                known = self.condition(node.condition)
                return Num(int(known)) if isinstance(known, bool) else Bracket(known)
            case _:
                return self._compound(node, index=index)

    def _read(self, node: Read) -> Expr:
        if node.tensor in self.numbers:
            self.numbers.named.add(node.tensor)
            return self.numbers[node.tensor]
        return Read(node.tensor, tuple(self.index(i) for i in node.indices))

    def _list(self, nodes: tuple[Expr, ...], *, index: bool) -> list[Expr]:
        found = (self._rewrite(n, index=index) for n in nodes)
        return [f for f in found if f is not None]

    def _add(self, terms: list[Expr], *, index: bool) -> Expr | None:
        if not terms:
            return None
        if index:
            return summed(*remainders(*collected(self._moving(terms)), self._mod))
        terms = [t for t in terms if t != Num(0)] or [Num(0)]
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _moving(self, terms: list[Expr]) -> list[Expr]:
        """The terms without indices that are 0 alone, where an index is left: c of c + h + w."""
        still = [t for t in terms if isinstance(t, Var) and self.ranges.get(t.name) == (0, 0)]
        left = [t for t in terms if t not in still]
        if all(isinstance(t, Num) for t in left):
            return [t for t in terms if t not in still[1:]]
        return left

    def _mul(self, factors: list[Expr], *, index: bool) -> Expr | None:
        if not factors:
            return None
        if index:
            constant: int | float = 1
            for factor in factors:
                constant *= factor.value if isinstance(factor, Num) else 1
            factors = [f for f in factors if not isinstance(f, Num)]
            if constant == 0 or not factors:
                return Num(constant)
            factors = [Num(constant), *factors]
        if Num(0) in factors:
            return Num(0)
        factors = [f for f in factors if f != Num(1)] or [Num(1)]
        return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def _compound(self, node: Expr, *, index: bool) -> Expr:
        match node:
            case Div():
                numerator, denominator = self.value(node.numerator), self.value(node.denominator)
                return numerator if denominator == Num(1) else Div(numerator, denominator)
            case FloorDiv():
                return self._floor_div(
                    FloorDiv(self.index(node.numerator), self.index(node.denominator), node.exact)
                )
            case Mod():
                return self._mod(Mod(self.index(node.numerator), self.index(node.denominator)))
            case Pow():
                base, exponent = self.value(node.base), self._exponent(node.exponent)
                return base if exponent == Num(1) else Pow(base, exponent)
            case Apply():
                inner = self._present(node.operand, index=index)
                return self._apply(Apply(node.function, inner))
            case Extreme():
                return self._extreme(
                    Extreme(node.kind, tuple(self._list(node.operands, index=index)))
                )
            case _:
                message = f"{type(node).__name__} is no node of the language"
                raise TypeError(message)

    def _exponent(self, node: Expr) -> Expr:
        """An exponent of the configuration alone is one number: 2 - 1 reads 1."""
        waiting: list[Expr | Cond] = [node]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Read | Var | Reduce):
                return self.value(node)
            waiting.extend(children(part))
        return self.index(node)

    def _constant(self, node: Expr) -> Expr:
        """A number in place of an index expression that can take one value alone."""
        known = bounds(node, self.ranges)
        return node if known is None or known[0] != known[1] else Num(known[0])

    def _apply(self, node: Apply) -> Expr:
        limits = bounds(node.operand, self.ranges) if node.function == "abs" else None
        if limits is not None and limits[0] >= 0:
            return node.operand
        return self._constant(node)

    def _floor_div(self, node: FloorDiv) -> Expr:
        node = reduced(node)
        if node.denominator == Num(1):
            return node.numerator if node.exact else self._constant(node.numerator)
        return self._constant(node)

    def _mod(self, node: Mod) -> Expr:
        inner, divisor = bounds(node.numerator, self.ranges), bounds(node.denominator, self.ranges)
        if inner is not None and divisor is not None and inner[0] >= 0 and inner[1] < divisor[0]:
            # an index stays, though it may have one value alone, as it does on the left side
            return node.numerator
        return self._constant(node)

    def _extreme(self, node: Extreme) -> Expr:
        limits = [bounds(o, self.ranges) for o in node.operands]
        if None not in limits:
            known = [limit for limit in limits if limit is not None]
            for operand, own in zip(node.operands, known, strict=True):
                wins = all(
                    own[0] >= other[1] if node.kind == "max" else own[1] <= other[0]
                    for other in known
                    if other is not own
                )
                if wins:
                    return operand
        return node

    def _reduce(self, node: Reduce) -> Expr:
        inside = _Reader(self.settings, self.ranges, self.fixed, self.numbers)
        ranges: list[Range] = []
        for span in node.ranges:
            found = Range(span.var, inside.index(span.start), inside.index(span.stop))
            limits = extent(found, inside.ranges)
            inside.ranges.pop(span.var.name, None)
            inside.fixed.pop(span.var.name, None)
            if limits is not None:
                inside.ranges[span.var.name] = limits
            steady = isinstance(found.start, Num) and isinstance(found.stop, Num)
            single = limits is not None and limits[0] == limits[1] and steady
            plain = node.kind in {"sum", "prod"} or (node.where is None and node.kind in _EXTREMES)
            if single and limits is not None and plain:
                inside.fixed[span.var.name] = Num(limits[0])
            elif inside.next(found.start) == found.stop and plain:
                # one index, though it depends on those further out: ⌊h/2⌋ ≤ i < ⌊h/2⌋ + 1
                inside.fixed[span.var.name] = found.start
            else:
                ranges.append(found)
        body = inside.value(node.body)
        where = None if node.where is None else inside.condition(node.where)
        if isinstance(where, bool):
            where = None if where else Compare("=", Num(0), Num(1))
            if where is not None and node.kind in _EMPTY:
                return _EMPTY[node.kind]
        if not ranges and where is None:
            return body
        if not ranges and where is not None:
            # one term, there or not: Σ under a condition alone has no index to run over
            return Cases((Case(where, body),), _EMPTY[node.kind])
        return Reduce(node.kind, tuple(ranges), body, where)

    def next(self, node: Expr) -> Expr:
        """node + 1, as a configured range would say it."""
        terms = node.terms if isinstance(node, Add) else (node,)
        found = self._add([*terms, Num(1)], index=True)
        assert found is not None
        return found

    def _cases(self, node: Cases, *, index: bool) -> Expr:
        kept: list[Case] = []
        for case in node.cases:
            known = self.condition(case.condition)
            if known is False:
                continue
            value = self._present(case.value, index=index)
            if known is True:
                return Cases(tuple(kept), value) if kept else value
            kept.append(Case(known, value))
        otherwise = self._present(node.otherwise, index=index)
        return Cases(tuple(kept), otherwise) if kept else otherwise

    def condition(self, node: Cond) -> Cond | bool:
        """The condition under the settings; a bool where the ranges decide it."""
        match node:
            case Compare():
                return self._compare(node)
            case Every() | Either():
                decided = [self.condition(c) for c in node.conditions]
                stop = isinstance(node, Either)
                if any(d is stop for d in decided):
                    return stop
                left = tuple(d for d in decided if not isinstance(d, bool))
                if not left:
                    return not stop
                return left[0] if len(left) == 1 else type(node)(left)
            case Not():
                inner = self.condition(node.condition)
                return (not inner) if isinstance(inner, bool) else Not(inner)
            case _:
                message = f"{type(node).__name__} is no condition of the language"
                raise TypeError(message)

    def _compare(self, node: Compare) -> Compare | bool:
        left, right = self.index(node.left), self.index(node.right)
        compare = COMPARISONS[node.comparison]
        if isinstance(left, Num) and isinstance(right, Num):
            return bool(compare(left.value, right.value))
        a, b = bounds(left, self.ranges), bounds(right, self.ranges)
        if a is not None and b is not None:
            if a[1] < b[0]:
                return bool(compare(0, 1))
            if a[0] > b[1]:
                return bool(compare(1, 0))
            if node.comparison == "<=" and a[1] <= b[0]:
                return True
            if node.comparison == ">=" and a[0] >= b[1]:
                return True
        return Compare(node.comparison, left, right)


def _negative(node: Expr, *, index: bool) -> Expr:
    if isinstance(node, Neg):
        return node.operand
    if isinstance(node, Add) and index:
        return Add(tuple(_negative(term, index=True) for term in node.terms))
    if isinstance(node, Num) and (index or node.value == 0):
        return Num(-node.value)
    return Neg(node)

"""Short names for writing equations the way a textbook does."""

from __future__ import annotations

from collections.abc import Iterable

from generator.formula.tree import (
    Apply,
    Bracket,
    Case,
    Cases,
    Compare,
    Cond,
    Every,
    Expr,
    Extreme,
    FloorDiv,
    Like,
    Mod,
    Neg,
    Num,
    Range,
    Reduce,
    Sym,
    Var,
    expr,
)


def indices(names: str) -> tuple[Var, ...]:
    """Index variables from names separated by spaces."""
    return tuple(Var(name) for name in names.split())


def sizes(names: str) -> tuple[Sym, ...]:
    """Integer symbols whose name is their LaTeX, separated by spaces: `N C H W`, `K_h`."""
    return tuple(Sym(name, name) for name in names.split())


def _ranges(ranges: Range | Iterable[Range]) -> tuple[Range, ...]:
    return (ranges,) if isinstance(ranges, Range) else tuple(ranges)


def total(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """Σ over the ranges of body, where the condition holds."""
    return Reduce("sum", _ranges(ranges), expr(body), where)


def product(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """Π over the ranges of body."""
    return Reduce("prod", _ranges(ranges), expr(body), where)


def largest(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """The maximum over the ranges of body."""
    return Reduce("max", _ranges(ranges), expr(body), where)


def smallest(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """The minimum over the ranges of body."""
    return Reduce("min", _ranges(ranges), expr(body), where)


def argmax(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """Row-major position, within the ranges, of the first maximum of body."""
    return Reduce("argmax", _ranges(ranges), expr(body), where)


def argmin(ranges: Range | Iterable[Range], body: Like, where: Cond | None = None) -> Reduce:
    """Row-major position, within the ranges, of the first minimum of body."""
    return Reduce("argmin", _ranges(ranges), expr(body), where)


def equal(left: Like, right: Like) -> Compare:
    """left = right (== compares nodes as data)."""
    return Compare("=", expr(left), expr(right))


def unequal(left: Like, right: Like) -> Compare:
    """left ≠ right."""
    return Compare("!=", expr(left), expr(right))


def divides(divisor: Like, value: Like) -> Compare:
    """value is a multiple of divisor."""
    return Compare("=", Mod(expr(value), expr(divisor)), Num(0))


def quotient(value: Like, divisor: Like) -> FloorDiv:
    """value / divisor where a condition around it says that it divides."""
    return FloorDiv(expr(value), expr(divisor), exact=True)


def ceil_div(value: Like, divisor: Like) -> Expr:
    """⌈value / divisor⌉."""
    return Neg(FloorDiv(Neg(expr(value)), expr(divisor)))


def every(*conditions: Cond) -> Every:
    """All conditions hold."""
    return Every(conditions)


def within(value: Like, stop: Like, start: Like = 0) -> Every:
    """start ≤ value < stop."""
    return Every((Compare("<=", expr(start), expr(value)), Compare("<", expr(value), expr(stop))))


def cases(*branches: tuple[Cond, Like], otherwise: Like) -> Cases:
    """A definition by cases; the first that holds counts."""
    return Cases(tuple(Case(c, expr(v)) for c, v in branches), expr(otherwise))


def bracket(condition: Cond) -> Bracket:
    """1 where the condition holds, else 0."""
    return Bracket(condition)


def larger(*operands: Like) -> Extreme:
    """The largest of the operands."""
    return Extreme("max", tuple(expr(o) for o in operands))


def smaller(*operands: Like) -> Extreme:
    """The smallest of the operands."""
    return Extreme("min", tuple(expr(o) for o in operands))


def apply(function: str, operand: Like) -> Apply:
    """An elementwise function of `functions.FUNCTIONS`, by name: exp, log, tanh, erf."""
    return Apply(function, expr(operand))

"""What the parser computes with: Python's numbers, exact where they are whole."""

import itertools
import math
import operator
from fractions import Fraction


def divide(top, bottom):
    if bottom == 0:
        return math.nan if top == 0 or math.isnan(top) else math.copysign(math.inf, top)
    if isinstance(top, int | Fraction) and isinstance(bottom, int | Fraction):
        return Fraction(top) / bottom
    return top / bottom


def power(base, exponent):
    if base == 0 and exponent < 0:
        return math.inf
    found = base**exponent
    return math.nan if isinstance(found, complex) else found


def guarded(function):
    """NaN where Python's function has no value, as IEEE 754 gives."""

    def apply(x):
        try:
            return function(x)
        except ValueError:
            return -math.inf if x == 0 else math.nan
        except OverflowError:
            return math.inf

    return apply


def first(pick):
    """The position of the first extreme."""
    return lambda *values: values.index(pick(values))


RELATIONS = {
    r"\le": operator.le,
    r"\ge": operator.ge,
    r"\ne": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
    r"\mid": lambda divisor, value: value % divisor == 0,
}

COMMANDS = {
    "e^{": guarded(math.exp),
    r"\sqrt{": guarded(math.sqrt),
    r"\exp": guarded(math.exp),
    r"\log": guarded(math.log),
    r"\tanh": math.tanh,
    r"\sinh": math.sinh,
    r"\cosh": math.cosh,
    r"\sin": math.sin,
    r"\cos": math.cos,
    r"\tan": math.tan,
    r"\arctan": math.atan,
    r"\arcsin": guarded(math.asin),
    r"\arccos": guarded(math.acos),
    r"\operatorname{\sigma}": lambda x: (1 + math.tanh(x / 2)) / 2,
    r"\operatorname{erf}": math.erf,
    r"\operatorname{log1p}": guarded(math.log1p),
    r"\operatorname{sgn}": lambda x: (x > 0) - (x < 0),
    r"\max": lambda *values: max(values),
    r"\min": lambda *values: min(values),
    r"\operatorname*{argmax}": first(max),
    r"\operatorname*{argmin}": first(min),
}

_FOLDS = {
    r"\sum": sum,
    r"\prod": math.prod,
    r"\max": max,
    r"\min": min,
}


class Bracket:
    """1 where a condition holds, else 0."""

    def __init__(self, condition):
        self.condition = condition

    def __call__(self, at):
        return int(self.condition(at))


def product(factors):
    """A product in which a bracket that is 0 is stronger than anything."""
    brackets = [f for f in factors if isinstance(f, Bracket)]
    others = [f for f in factors if not isinstance(f, Bracket)]
    return lambda at: math.prod(f(at) for f in others) if all(b(at) for b in brackets) else 0


def whole(value):
    """The value as an index."""
    if value != int(value):
        raise ValueError(f"{value} is no index")
    return int(value)


def reduction(sign, levels, body):
    """A sum, product, extreme or position over levels of (name, start, stop, conditions)."""

    def values(at, depth):
        if depth == len(levels):
            yield body(at)
            return
        name, start, stop, conditions = levels[depth]
        for k in range(whole(start(at)), whole(stop(at))):
            inside = {**at, name: k}
            if all(condition(inside) for condition in conditions):
                yield from values(inside, depth + 1)

    def positions(at):
        """All assignments, in row-major order, those that a condition excludes among them."""
        spans = [range(whole(s(at)), whole(e(at))) for _, s, e, _ in levels]
        for position, assigned in enumerate(itertools.product(*spans)):
            inside = {**at, **dict(zip((level[0] for level in levels), assigned, strict=True))}
            if all(condition(inside) for level in levels for condition in level[3]):
                yield position, body(inside)

    def position(at):
        pick = max if "max" in sign else min
        found = list(positions(at))
        best = pick(value for _, value in found)
        return next(place for place, value in found if value == best)

    if sign in _FOLDS:
        return lambda at: _FOLDS[sign](values(at, 0))
    return position

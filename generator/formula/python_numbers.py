"""Arithmetic on Python's numbers, with what int64 and float64 make of it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from generator.formula.functions import FUNCTIONS

_LEAST, _GREATEST = -(2**63), 2**63 - 1
"""The whole numbers that int64 holds."""


def fits(value: int) -> bool:
    """Whether int64 holds a whole number."""
    return _LEAST <= value <= _GREATEST


def wrapped(value: int) -> int:
    """A whole number as int64 holds it, where one that does not fit wraps around."""
    if fits(value):
        return value
    return (value - _LEAST) % 2**64 + _LEAST


def real(value: int) -> float:
    """A whole number as float64 holds it."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def largest(values: Iterable[float]) -> float:
    """The largest number; NaN where there is one."""
    found = list(values)
    return next((v for v in found if math.isnan(v)), max(found))


def smallest(values: Iterable[float]) -> float:
    """The smallest number; NaN where there is one."""
    found = list(values)
    return next((v for v in found if math.isnan(v)), min(found))


def nothing(values: Iterable[float]) -> float:
    """A product with a bracket that is 0: strongly zero, whatever the other factors are."""
    del values
    return 0


def divided(a: float, b: float) -> float:
    """a / b, infinite or NaN where b is 0."""
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def powered(a: float, b: float) -> float:
    """a to the power of b; NaN where that is no real number."""
    try:
        result = a**b
    except (ZeroDivisionError, OverflowError):
        # an infinity, with the sign that the base has left
        base, exponent = (torch.tensor(float(v), dtype=torch.float64) for v in (a, b))
        return float(torch.pow(base, exponent))
    return math.nan if isinstance(result, complex) else result


def applied(function: str, value: float) -> float:
    """An elementwise function by its name."""
    try:
        return FUNCTIONS[function].scalar(value)
    except (ValueError, OverflowError):
        return float(FUNCTIONS[function].tensor(torch.tensor(float(value), dtype=torch.float64)))

"""Numbers as LaTeX: fixed decimals where they are readable, powers of ten where they are not."""

from __future__ import annotations

import math


def numeral(value: float, decimals: int | None = None) -> str:
    """The number with so many decimals; None: the shortest that reads back to the same float64.

    An int is printed whole. A number that so many decimals would hide, or whose size would make
    them misleading, is printed with a power of ten.
    """
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return r"\text{NaN}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    if value == 0:
        return f"{0.0:.{1 if decimals is None else decimals}f}"
    if decimals is None:
        return _shortest(value)
    # fewer than half as many digits as decimals would be left of it, or none
    small = abs(value) < max(10.0 ** (decimals // 2 - 1), 0.5) * 10.0**-decimals
    if small or abs(value) >= 1e7:
        digits, _, exponent = f"{value:.{max(decimals - 1, 0)}e}".partition("e")
        return _power(digits, int(exponent))
    return f"{value:.{decimals}f}"


def _shortest(value: float) -> str:
    digits, _, exponent = repr(float(value)).partition("e")
    return _power(digits, int(exponent)) if exponent else digits


def _power(digits: str, exponent: int) -> str:
    if digits in {"1", "-1"}:
        return f"{digits[:-1]}10^{{{exponent}}}"
    return rf"{digits} \times 10^{{{exponent}}}"

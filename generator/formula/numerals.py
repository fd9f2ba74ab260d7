"""Numbers as LaTeX: fixed decimals where they are readable, powers of ten where they are not."""

from __future__ import annotations

import math
import struct

_LONG = 12
"""Characters of a number that is not short as it is."""


def numeral(value: float, decimals: int | None = None) -> str:
    """The number with so many decimals; None: a constant, the shortest that reads back.

    A long constant that float32 holds is the shortest that reads back to the same float32. An int
    is printed whole. A number that so many decimals would hide, or whose size would make them
    misleading, has a power of ten.
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
    text = repr(float(value))
    if len(text) > _LONG and _single(value) == value:
        text = next(s for d in (6, 7, 8, 9) if _single(float(s := f"{value:.{d}g}")) == value)
    digits, _, exponent = text.partition("e")
    return _power(digits, int(exponent)) if exponent else digits


def _single(value: float) -> float:
    """The number as float32 holds it; infinity beyond its range."""
    try:
        found: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return found


def _power(digits: str, exponent: int) -> str:
    if digits in {"1", "-1"}:
        return f"{digits[:-1]}10^{{{exponent}}}"
    return rf"{digits} \times 10^{{{exponent}}}"

"""Whole quotients and what they leave: which way they are rounded, and where that is explained."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import apply, cases
from generator.formula.tree import Expr, FloorDiv, Mod, Neg
from generator.layers.dtypes import conversions, spelled
from generator.layers.pairs import Pair, pair
from generator.layers.registry import Call, Example, Refused


def divided(call: Call, exact: tuple[str, ...]) -> Pair:
    """The operands of a whole quotient, a number as the result's type holds it.

    Of the floating-point types only those in `exact` are explained: where a quotient is a whole
    number but for its rounding, a formula has to find torch's side of it.
    """
    dtype = call.output.dtype
    if not call.output.integer and dtype not in exact:
        raise Refused(f"{spelled(call)} of {dtype} is not explained")
    if conversions(call.tensors, dtype):
        raise Refused(f"{spelled(call)} of operands of other types is not explained")
    return pair(call, dtype=dtype)


def floored(x: Expr, z: Expr, *, whole: bool) -> Expr:
    """The quotient rounded down."""
    return FloorDiv(x, z) if whole else apply("floor", x / z)


def truncated(x: Expr, z: Expr, *, whole: bool) -> Expr:
    """The quotient rounded towards zero; torch rounds it to float32 before, which may reach on."""
    if not whole:
        return apply("trunc", apply("float32", x / z))
    size = FloorDiv(abs(x), abs(z))
    # a floor of the sizes, with the sign of the quotient
    return cases((x * z < 0, Neg(size)), otherwise=size)


def left(x: Expr, z: Expr, *, whole: bool) -> Expr:
    """What is left of x after whole quotients of z, with the sign of z."""
    return Mod(x, z) if whole else x - z * apply("floor", x / z)


def left_towards_zero(x: Expr, z: Expr, *, whole: bool) -> Expr:
    """What is left of x after whole quotients of z, with the sign of x."""
    if not whole:
        return x - z * apply("trunc", x / z)
    size = Mod(abs(x), abs(z))
    return cases((x < 0, Neg(size)), otherwise=size)


def quotients(
    function: Callable[..., object], *, gradient: bool = True, **options: object
) -> tuple[Example, ...]:
    """Examples of whole and, where they have a gradient, other quotients, with both signs."""

    def tensors() -> tuple[torch.Tensor, torch.Tensor]:
        return 10 * torch.randn(4, 5), torch.tensor([0.3, -0.7, 2.0, -3.0, 10.0])

    def whole(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
        least = -9 if dtype.is_signed else 0
        divisors = torch.tensor([1, 3, 4, 7]) if least == 0 else torch.tensor([-4, 3, 1, -2])
        return torch.arange(least, 11).to(dtype)[:, None], divisors.to(dtype)

    def scaled() -> torch.Tensor:
        return torch.arange(-10, 11) * 0.1

    floating = (
        Example("two tensors", lambda: (function, tensors(), options)),
        Example("a number", lambda: (function, (10 * torch.randn(2, 3), 0.3), options)),
        Example("negative", lambda: (function, (10 * torch.randn(2, 3), -2), options)),
        Example("tenths", lambda: (function, (scaled(), 0.1), options)),
        Example("scalars", lambda: (function, (torch.tensor(5.0), torch.tensor(-3.0)), options)),
        Example("nothing", lambda: (function, (torch.randn(0, 2), torch.ones(2)), options)),
    )
    return (
        *(floating if gradient else ()),
        Example("whole numbers", lambda: (function, whole(torch.int64), options)),
        Example("bytes", lambda: (function, whole(torch.uint8), options)),
        Example("int32", lambda: (function, whole(torch.int32), options)),
        Example("a whole number", lambda: (function, (torch.arange(-7, 8), 3), options)),
    )

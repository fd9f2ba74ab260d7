"""The elementwise functions: how each prints, computes, differentiates and rounds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from generator.formula.tree import Comparison


@dataclass(frozen=True)
class Function:
    """One elementwise function of a real argument.

    `latex` is the command before its argument; for the two with delimiters of their own, the text
    with `#` for the argument. `slope(x, y)` is the derivative at x, where y is the value there.
    `rounding` is the error of a library's float32 version in units of roundoff: 1 for what IEEE 754
    rounds correctly, 4 (two units in the last place) for transcendental functions, which is what
    the vector libraries of CPUs and CUDA's mathematical functions document or better. `absolute`
    is the part of it that does not shrink with the value, in units of roundoff at 1.
    """

    latex: str
    scalar: Callable[[float], float]
    tensor: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    rounding: float = 4.0
    absolute: float = 0.0


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else float(torch.tensor(x, dtype=torch.float64).exp())


def _expm1(x: float) -> float:
    return math.expm1(x) if x < 709.0 else _exp(x)


def _log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _log2(x: float) -> float:
    return math.log2(x) if x > 0 else _log(x)


def _log10(x: float) -> float:
    return math.log10(x) if x > 0 else _log(x)


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0))


def _sigmoid(x: float) -> float:
    power = math.exp(-abs(x))
    return 1 / (1 + power) if x >= 0 else power / (1 + power)


def _zero(x: Tensor, _: Tensor) -> Tensor:
    return torch.zeros_like(x)


def _trunc(x: float) -> float:
    return float(math.trunc(x))


def _signbit(x: float) -> float:
    return float(math.copysign(1.0, x) < 0)


def _conversion(dtype: torch.dtype) -> Function:
    """A number rounded to a coarser type, to the nearest; its derivative passes through."""

    def tensor(x: Tensor) -> Tensor:
        return x.to(dtype).to(torch.float64)

    def scalar(x: float) -> float:
        return float(torch.tensor(x, dtype=torch.float64).to(dtype))

    name = str(dtype).removeprefix("torch.")
    latex = rf"\operatorname{{{name}}}"
    return Function(latex, scalar, tensor, lambda x, _: torch.ones_like(x), 1.0)


FUNCTIONS: dict[str, Function] = {
    "exp": Function(r"\exp", _exp, torch.exp, lambda _, y: y),
    "log": Function(r"\log", _log, torch.log, lambda x, _: 1 / x),
    "sqrt": Function(r"\sqrt{#}", _sqrt, torch.sqrt, lambda _, y: 0.5 / y, 1.0),
    "abs": Function(r"\left|#\right|", abs, torch.abs, lambda x, _: torch.sign(x), 0.0),
    "sign": Function(r"\operatorname{sgn}", _sign, torch.sign, _zero, 0.0),
    "floor": Function(
        r"\left\lfloor #\right\rfloor", lambda x: float(math.floor(x)), torch.floor, _zero, 0.0
    ),
    "ceil": Function(
        r"\left\lceil #\right\rceil", lambda x: float(math.ceil(x)), torch.ceil, _zero, 0.0
    ),
    # halves to the even neighbour, as IEEE 754 rounds
    "round": Function(r"\operatorname{round}", lambda x: float(round(x)), torch.round, _zero, 0.0),
    # tells -0 from 0
    "signbit": Function(
        r"\operatorname{signbit}",
        _signbit,
        lambda x: torch.signbit(x).to(torch.float64),
        _zero,
        0.0,
    ),
    # a value that no gradient is sent to, though it is read
    "sg": Function(r"\operatorname{sg}", lambda x: x, torch.detach, _zero, 0.0),
    "trunc": Function(r"\operatorname{trunc}", _trunc, torch.trunc, _zero, 0.0),
    "float32": _conversion(torch.float32),
    "float16": _conversion(torch.float16),
    "bfloat16": _conversion(torch.bfloat16),
    # 1/(1 + e^-x): an exponential, a sum and a quotient
    "sigmoid": Function(
        r"\operatorname{\sigma}", _sigmoid, torch.sigmoid, lambda _, y: y * (1 - y), 5.0
    ),
    "tanh": Function(r"\tanh", math.tanh, torch.tanh, lambda _, y: 1 - y * y),
    "sinh": Function(r"\sinh", math.sinh, torch.sinh, lambda x, _: torch.cosh(x)),
    "cosh": Function(r"\cosh", math.cosh, torch.cosh, lambda x, _: torch.sinh(x)),
    "sin": Function(r"\sin", math.sin, torch.sin, lambda x, _: torch.cos(x)),
    "cos": Function(r"\cos", math.cos, torch.cos, lambda x, _: -torch.sin(x)),
    "tan": Function(r"\tan", math.tan, torch.tan, lambda _, y: 1 + y * y),
    "arctan": Function(r"\arctan", math.atan, torch.atan, lambda x, _: 1 / (1 + x * x)),
    "arcsin": Function(r"\arcsin", math.asin, torch.asin, lambda x, _: (1 - x * x).rsqrt()),
    "arccos": Function(r"\arccos", math.acos, torch.acos, lambda x, _: -(1 - x * x).rsqrt()),
    "arsinh": Function(
        r"\operatorname{arsinh}", math.asinh, torch.asinh, lambda x, _: (1 + x * x).rsqrt()
    ),
    "arcosh": Function(
        r"\operatorname{arcosh}", math.acosh, torch.acosh, lambda x, _: (x * x - 1).rsqrt()
    ),
    "artanh": Function(
        r"\operatorname{artanh}", math.atanh, torch.atanh, lambda x, _: 1 / (1 - x * x)
    ),
    "erf": Function(
        r"\operatorname{erf}",
        math.erf,
        torch.erf,
        lambda x, _: 2 / math.sqrt(math.pi) * torch.exp(-x * x),
        # torch's vectorised kernels take Abramowitz and Stegun 7.1.26, 1 - p(t)·e^(-x²) with
        # t = 1/(1 + 0.33|x|), which is off by 1.5e-7 and cancels near 0: p'(1)·u(t) is about 4u
        absolute=4.0,
    ),
    # its vectorised kernel is within 1.5 units of roundoff of float64's on 2·10^6 numbers
    "erfc": Function(
        r"\operatorname{erfc}",
        math.erfc,
        torch.erfc,
        lambda x, _: -2 / math.sqrt(math.pi) * torch.exp(-x * x),
    ),
    "expm1": Function(r"\operatorname{expm1}", _expm1, torch.expm1, lambda _, y: y + 1),
    "log1p": Function(r"\operatorname{log1p}", math.log1p, torch.log1p, lambda x, _: 1 / (1 + x)),
    "log2": Function(r"\log_2", _log2, torch.log2, lambda x, _: 1 / (math.log(2) * x)),
    "log10": Function(r"\log_{10}", _log10, torch.log10, lambda x, _: 1 / (math.log(10) * x)),
}

COMPARISONS: dict[Comparison, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
"""What each comparison does to two numbers or, element by element, to two tensors."""

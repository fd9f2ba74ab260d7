"""y = x^p: each element to the power of a number."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from generator.formula.tree import Num, Sym, mul
from generator.layers.dtypes import spelled
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place, number
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.whole_numbers import wrapped

_P = Sym("p", "p", "exponent", integer=False)
_WORDS = {
    -1: "1 divided by it",
    0.5: "its square root",
    0: "1",
    1: "itself",
    2: "its square",
    3: "its cube",
}
_FACTORS = 8
"""Of so many whole numbers a product is written out at most."""
_NEGATIVE = Note(
    "Only positive numbers have such a power",
    "The exponent is no whole number: a negative element gives NaN.",
)


@explains(
    "torch.pow",
    "torch.Tensor.pow",
    "torch.Tensor.pow_",
    "torch.Tensor.__pow__",
    "torch.Tensor.__ipow__",
    arguments="input, exponent",
    title="Power",
    search=("exponent", "square", "**", "torch.pow"),
)
def power(call: Call) -> Formula:
    """The power with a number as exponent, for an input of any shape."""
    if set(call.tensors) != {"input"}:
        raise Refused(f"{spelled(call)}: only a number as the exponent is explained")
    exponent = number(call, "exponent")
    if not math.isfinite(exponent):
        raise Refused(f"{spelled(call)}(exponent={exponent}): this configuration is not explained")
    return _formula(call, exponent)


@explains(
    "torch.square",
    "torch.Tensor.square",
    "torch.Tensor.square_",
    arguments="input",
    title="Square",
    search=("power of two", "torch.square"),
)
def square(call: Call) -> Formula:
    """The power of two."""
    return _formula(call, 2)


def _formula(call: Call, exponent: float) -> Formula:
    if call.output.integer:
        return _whole(call, exponent)
    element = Elementwise.of(call)
    whole = float(exponent).is_integer()
    p = int(exponent) if whole else exponent
    x, g = element.value, element.from_above
    return element.formula(
        f"Each element becomes {_WORDS.get(p, f'its power of {p}')}.",
        element.forward(x**_P),
        element.gradient(_P * x ** (_P - 1) * g),
        notes=(*(() if whole else (_NEGATIVE,)), *in_place(call)),
        settings={"p": p},
    )


def _whole(call: Call, exponent: float) -> Formula:
    """The power of whole numbers, which is a whole number, written as a product."""
    p = int(exponent)
    if p > _FACTORS:
        raise Refused(f"{spelled(call)}(exponent={p}) of {call.output.dtype} is not explained")
    element = Elementwise.of(call)
    fitting = wrapped(call, mul(*[element.value] * p) if p else Num(1))
    return element.formula(
        f"Each element becomes {_WORDS.get(p, f'its power of {p}')}.",
        element.forward(fitting.body),
        None,
        notes=(*in_place(call), *fitting.notes),
        settings=fitting.settings,
    )


def _power(exponent: float, *shape: int) -> Example:
    return Example(
        f"{shape} to the power of {exponent}",
        lambda: (torch.Tensor.pow, (torch.randn(shape), exponent), {}),
    )


def _positive(exponent: float, *shape: int) -> Example:
    return Example(
        f"positive {shape} to the power of {exponent}",
        lambda: (torch.pow, (torch.rand(shape) + 0.1, exponent), {}),
    )


def _square(function: Callable[..., object], *shape: int) -> Example:
    return Example(f"{function.__name__} {shape}", lambda: (function, (torch.randn(shape),), {}))


examples(
    _power(2, 2, 3),
    _power(3, 4),
    _power(4, 2, 3, 2),
    _power(7, 30),
    _power(0, 3),
    _power(0.0, 2, 2),
    _power(1, 3),
    _power(-1, 2, 3),
    _power(-2, 5),
    _power(-3, 40),
    _power(2.0, 2, 1, 2, 2),
    _power(2),
    _power(2, 0, 3),
    _positive(0.5, 2, 3),
    _positive(-0.5, 2, 3),
    _positive(1.5, 40),
    _positive(0.1, 40),
    _positive(-2.7, 40),
    _square(torch.square, 2, 3),
    _square(torch.Tensor.square, 1, 1),
    Example("__pow__", lambda: (torch.Tensor.__pow__, (torch.randn(3, 2), 2), {})),
    Example("zero", lambda: (torch.pow, (torch.zeros(3), 2), {})),
    Example("zero, cubed", lambda: (torch.pow, (torch.zeros(3), 3.0), {})),
    Example("huge and tiny", lambda: (torch.pow, (torch.tensor([1e15, 1e-15, -1e10]), 2), {})),
)

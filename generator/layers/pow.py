"""y = x^p: powers, where the base, the exponent or both are tensors."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from generator.formula.build import apply, cases, equal, every, unequal
from generator.formula.tree import Expr, Num, Sym, mul
from generator.layers.broadcasting import Words, broadcast
from generator.layers.dtypes import spelled
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place, number
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.whole_numbers import wrapped

_P = Sym("p", "p", "exponent", integer=False)
_WORDS = {
    -1: "1 divided by it",
    0: "1",
    0.5: "its square root",
    1: "itself",
    2: "its square",
    3: "its cube",
}
_OPERANDS = {
    "input": Words("x", "Base", "base"),
    "exponent": Words("z", "Exponent", "exponent"),
}
_FACTORS = 8
"""Of so many whole numbers a product is written out at most."""
_NEGATIVE = Note(
    "Only positive numbers have such a power",
    "The exponent is no whole number: a negative element gives NaN.",
)
_LOGARITHM = Note(
    "The exponent's gradient needs a logarithm",
    "Where the base is negative the gradient of the exponent is NaN, whatever the power is.",
)


@explains(
    "torch.pow",
    "torch.pow_",
    "torch.Tensor.pow",
    "torch.Tensor.pow_",
    "torch.Tensor.__pow__",
    "torch.Tensor.__ipow__",
    "torch.float_power",
    "torch.Tensor.float_power",
    "torch.Tensor.float_power_",
    arguments="input, exponent",
    title="Power",
    search=("exponent", "square", "**", "torch.pow"),
)
def power(call: Call) -> Formula:
    """The power, for operands of any shape."""
    if set(call.tensors) != {"input"}:
        return _both(call)
    exponent = number(call, "exponent")
    if not math.isfinite(exponent):
        raise Refused(f"{spelled(call)}(exponent={exponent}): this configuration is not explained")
    return _formula(call, exponent)


@explains(
    "torch.Tensor.__rpow__",
    arguments="exponent, input",
    title="Power",
    search=("exponent", "exponential", "**", "torch.pow"),
)
def rpow(call: Call) -> Formula:
    """A number to the power of the tensor, which Python calls with the exponent first."""
    return _both(call)


@explains(
    "torch.square",
    "torch.square_",
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


def _both(call: Call) -> Formula:
    """The power with a tensor as exponent, and a tensor or a number as base."""
    if call.output.dtype == "float16":
        # what torch multiplies on the way to the gradients overflows
        raise Refused(f"{spelled(call)} with a tensor as exponent in float16 is not explained")
    both = broadcast(call, _OPERANDS)
    x, z, g = both["input"], both["exponent"], both.g
    if call.output.integer and call.output.dtype != "int64":
        raise Refused(f"{spelled(call)} with results of {call.output.dtype} is not explained")
    value: Expr = x**z
    if call.output.integer:
        # whole numbers have no fractions
        value = cases((every(z < 0, unequal(abs(x), 1)), 0), otherwise=value)
    at_zero = every(equal(x, 0), z >= 0)
    return Formula(
        summary=f"Each element is {both.says('input')} to the power of {both.says('exponent')}.",
        forward=both.forward(value),
        gradients=both.gradients(
            {
                "input": cases((equal(z, 0), 0), otherwise=g * z * x ** (z - 1)),
                "exponent": cases((at_zero, 0), otherwise=g * x**z * apply("log", x)),
            }
        ),
        settings=both.settings,
        axes=both.named,
        notes=(*(() if call.output.integer else (_LOGARITHM,)), *both.notes()),
        result="power",
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


def _tensors(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}",
        lambda: (torch.pow, (torch.rand(shapes[0]) + 0.1, torch.randn(shapes[1])), {}),
    )


def _zeros() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([0.0, 0.0, 2.0, 1e-3, 0.0]), torch.tensor([1.0, 2.0, 0.0, 0.0, 2.5])


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
    _tensors((2, 3), (2, 3)),
    _tensors((2, 3, 4), (3, 1)),
    _tensors((), (2, 3)),
    _tensors((0, 3), (3,)),
    Example("zeros to powers", lambda: (torch.pow, _zeros(), {})),
    Example("2 ** x", lambda: (torch.Tensor.__rpow__, (torch.randn(2, 3), 2), {})),
    Example("10000 ** x", lambda: (torch.pow, (1e4, -torch.rand(20)), {})),
    Example("0 ** x", lambda: (torch.pow, (0.0, torch.rand(3)), {})),
    Example("2 ** n", lambda: (torch.pow, (2, torch.arange(40)), {})),
    Example("whole numbers", lambda: (torch.pow, (torch.arange(-4, 5), 3), {})),
    Example("whole powers", lambda: (torch.pow, (torch.arange(1, 8), torch.arange(-3, 4)), {})),
    Example("float to whole", lambda: (torch.pow, (torch.randn(5), torch.arange(5)), {})),
    Example("float_power", lambda: (torch.float_power, (torch.rand(5) + 0.1, 1.7), {})),
    Example("halves", lambda: (torch.pow, (torch.rand(5).half() + 0.1, 1.7), {})),
    Example("bfloat16", lambda: (torch.pow, (2, torch.randn(5).bfloat16()), {})),
)

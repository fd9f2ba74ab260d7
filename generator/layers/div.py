"""y = x / z: the quotient of two tensors, or of a tensor and a number, in either order."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from generator.formula.build import apply
from generator.formula.tree import Div, Expr, Neg, Num
from generator.layers.dtypes import spelled
from generator.layers.pairs import Pair, pair, power_of_two
from generator.layers.quotients import divided, floored, quotients, truncated
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_FLAT = Note(
    "No gradient comes through",
    "A whole quotient is flat almost everywhere: its gradient is 0.",
)


@explains(
    "torch.div",
    "torch.divide",
    "torch.true_divide",
    "torch.Tensor.div",
    "torch.Tensor.div_",
    "torch.Tensor.divide",
    "torch.Tensor.divide_",
    "torch.Tensor.true_divide",
    "torch.Tensor.true_divide_",
    "torch.Tensor.__div__",
    "torch.Tensor.__truediv__",
    "torch.Tensor.__idiv__",
    "torch.Tensor.__itruediv__",
    arguments="input, other, rounding_mode=None",
    title="Division",
    search=("quotient", "true division", "scaling"),
)
def div(call: Call) -> Formula:
    """The first operand by the second one."""
    if call.options["rounding_mode"] is not None:
        return _rounded(call)
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    if both.operands["other"].tensor is not None:
        # torch divides twice, so that z² does not overflow
        return _quotient(both, ("input", "other"), None, {"other": Neg(g * ((x / z) / z))})
    if power_of_two(float(both.settings["s"])):
        return _quotient(both, ("input", "other"), None, {})
    # on a GPU torch multiplies by the number's reciprocal
    inverse = Div(Num(1), z)
    return _quotient(both, ("input", "other"), x * inverse, {"input": g * inverse})


@explains(
    "torch.Tensor.__rtruediv__",
    "torch.Tensor.__rdiv__",
    arguments="input, other",
    title="Division",
    search=("quotient", "true division", "reciprocal"),
)
def rdiv(call: Call) -> Formula:
    """A number by the tensor, which torch computes as the reciprocal times the number."""
    both = pair(call)
    inverse = Div(Num(1), both.x)
    orders = {"input": Neg((both.g * both.z) * inverse**2), "other": both.g * inverse}
    return _quotient(both, ("other", "input"), inverse * both.z, orders)


def _rounded(call: Call) -> Formula:
    """The quotient as a whole number, towards zero or down."""
    mode, whole = call.options["rounding_mode"], call.output.integer
    if mode not in {"floor", "trunc"}:
        raise Refused(f"{spelled(call)}(rounding_mode={mode!r}): this is not explained")
    both = divided(call, ("float32",))
    rounded = (floored if mode == "floor" else truncated)(both.x, both.z, whole=whole)
    where = "down" if mode == "floor" else "towards zero"
    return Formula(
        summary=f"Each element is {both.says('input')} divided by {both.says('other')}, rounded "
        f"{where}.",
        # a large quotient is rounded on its way
        forward=both.forward(rounded, None if whole else apply("float32", rounded)),
        gradients=both.gradients({"input": Num(0), "other": Num(0)}),
        settings=both.settings,
        axes=both.named,
        notes=(*(() if whole else (_FLAT,)), *both.notes()),
        result="quotient",
    )


def _quotient(
    both: Pair, order: tuple[str, str], arithmetic: Expr | None, orders: Mapping[str, Expr]
) -> Formula:
    """The first of the two named operands by the second; in which order torch computes it."""
    above, below = order
    a, b = (both.operands[name].value for name in order)
    return Formula(
        summary=f"Each element is {both.says(above)} divided by {both.says(below)}.",
        forward=both.forward(a / b, arithmetic),
        gradients=both.gradients({above: both.g / b, below: Neg((both.g * a) / b**2)}, orders),
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="quotient",
    )


def _div(*shapes: tuple[int, ...]) -> Example:
    return Example(f"div {shapes}", lambda: (torch.div, tuple(_apart(s) for s in shapes), {}))


def _apart(shape: tuple[int, ...]) -> torch.Tensor:
    """Random numbers that are not near zero."""
    x = torch.randn(shape)
    return x + 0.1 * x.sign()


def _by(value: float) -> Example:
    return Example(f"by {value}", lambda: (torch.Tensor.div, (torch.randn(2, 3), value), {}))


def _of(value: float) -> Example:
    return Example(
        f"{value} divided", lambda: (torch.Tensor.__rtruediv__, (_apart((2, 3)), value), {})
    )


examples(
    *quotients(torch.div, rounding_mode="floor"),
    *quotients(torch.div, rounding_mode="trunc"),
    _div((2, 3), (2, 3)),
    _div((2, 3, 4, 5), (3, 1, 1)),
    _div((3, 1), (2, 1, 4)),
    _div((2, 3), ()),
    _div((), (2, 3)),
    _div((), ()),
    _div((1, 1), (1, 1)),
    _div((0, 2), (1, 1)),
    _div((50, 40), (40,)),
    _by(3),
    _by(-0.7),
    _by(8),
    _by(1),
    _of(1),
    _of(0.3),
    Example("number first", lambda: (torch.div, (0.3, _apart((5,))), {})),
    Example("true_divide", lambda: (torch.true_divide, (torch.randn(4), _apart((4,))), {})),
    Example("integers", lambda: (torch.div, (torch.randn(3), torch.arange(1, 4)), {})),
    Example("small divisors", lambda: (torch.div, (torch.randn(4), 1e-12 * _apart((4,))), {})),
)

"""y_i = x_{i+1} - x_i: differences of neighbours along an axis, taken once or several times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb

import torch

from generator.formula.build import bracket, unequal
from generator.formula.tree import Equation, Expr, Neg, Num, Outside, Tensor, add
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of, resized
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped

_MOST = 4
"""Differences of a higher order have more terms than a line holds."""


@explains(
    "torch.diff",
    "torch.Tensor.diff",
    arguments="input, n=1, dim=-1, prepend=None, append=None",
    title="Differences of neighbours",
    search=("finite difference", "discrete derivative"),
)
def diff(call: Call) -> Formula:
    """The differences of neighbours along the axis `dim`, taken `n` times."""
    refuse_types(call)
    order, place = _options(call)
    before = dims(len(call.shape()))
    after = tuple(resized(a) if k == place else a for k, a in enumerate(before))
    x = input_of(before, integer=call.tensors["input"].integer)
    y = Tensor("output", "y", lengths(after), "output", "result", integer=x.integer, label="Output")
    g = replace(upstream(y), outside=Outside("constant"))
    g = replace(g, meaning=f"{g.meaning}; 0 beyond its edges")
    i = before[place].at

    def read(tensor: Tensor) -> Callable[[int], Expr]:
        every = at(before)
        return lambda steps: tensor[(*every[:place], i + steps, *every[place + 1 :])]

    held = wrapped(call, _combined(order, read(x), 1))
    body = bracket(unequal(read(x)(1), read(x)(0))) if call.output.dtype == "bool" else held.body
    length = call.shape()[place]
    sent = _combined(order, read(g), -1) if length > order else Num(0)
    rounded = _nested(order, read(g), 0, -1) if length > order else None
    backward = Equation(gradient_of(x), at(before), sent, (g,), arithmetic=rounded)
    return Formula(
        summary=_summary(order, place),
        forward=Equation(y, at(after), body, (x,), arithmetic=_order(call, order, read(x))),
        gradients={} if x.integer else {"input": backward},
        settings={
            **settings(before, call.shape()),
            after[place].length.name: length - order,
            **held.settings,
        },
        axes={"input": names(before), "output": names(after)},
        sizes=(_size(before[place], after[place], order),),
        notes=held.notes if call.output.dtype != "bool" else (),
        result="difference",
    )


def _combined(order: int, read: Callable[[int], Expr], way: int) -> Expr:
    """Σ (-1)^k C(n, k) x_{i + n - k}, or of what comes back, where the index runs the other way."""
    terms: list[Expr] = []
    for k in range(order + 1):
        part = read(order - k) if way > 0 else read(-(order - k))
        factor = comb(order, k)
        scaled = part if factor == 1 else factor * part
        terms.append(Neg(scaled) if k % 2 else scaled)
    return add(*terms)


def _nested(order: int, read: Callable[[int], Expr], steps: int, way: int) -> Expr:
    """The same as torch computes it: differences of differences."""
    if order == 0:
        return read(steps)
    ahead = _nested(order - 1, read, steps + way, way)
    return add(ahead, Neg(_nested(order - 1, read, steps, way)))


def _order(call: Call, order: int, read: Callable[[int], Expr]) -> Expr | None:
    return None if call.output.integer or order == 1 else _nested(order, read, 0, 1)


def _size(before: Axis, after: Axis, order: int) -> Size:
    return Size(after.name, after.length.latex, before.length - Num(order))


def _summary(order: int, place: int) -> str:
    what = "its next one minus itself" if order == 1 else "the difference of differences"
    times = "" if order == 1 else f", taken {order} times"
    return f"Each output is {what}, along axis {place}{times}."


def _options(call: Call) -> tuple[int, int]:
    order, dim = call.options["n"], call.options["dim"]
    if set(call.tensors) != {"input"}:
        raise Refused(f"{spelled(call)} with values put before or behind is not explained")
    if not isinstance(order, int) or not isinstance(dim, int) or not 1 <= order <= _MOST:
        raise Refused(f"{spelled(call)}(n={order!r}): this order is not explained")
    if order > 1 and call.output.dtype == "bool":
        raise Refused(f"{spelled(call)}(n={order}) of truth values is not explained")
    place = dim % len(call.shape())
    if call.shape()[place] < order:
        raise Refused(f"{spelled(call)}(n={order}) of fewer values is not explained")
    return order, place


def _diff(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"diff {shape}, {args}, {options}",
        lambda: (torch.diff, (torch.randn(shape), *args), options),
    )


examples(
    _diff((2, 3, 4)),
    _diff((2, 3, 4), dim=0),
    _diff((2, 9, 4), 2, 1),
    _diff((2, 9), 3),
    _diff((2, 9), 4),
    _diff((7,)),
    _diff((3, 1)),
    _diff((0, 3)),
    Example("method", lambda: (torch.Tensor.diff, (torch.rand(3, 40),), {})),
    Example("of int64", lambda: (torch.diff, (torch.randint(0, 9, (3, 4)), 2), {})),
    Example("of uint8", lambda: (torch.diff, (torch.randint(0, 9, (3, 4)).byte(),), {})),
    Example("of bool", lambda: (torch.diff, (torch.rand(3, 9) > 0.5,), {})),
    Example("of float16", lambda: (torch.diff, (torch.randn(3, 9).half(), 2), {})),
)

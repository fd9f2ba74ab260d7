"""y[n, c] = x[n mod N, c mod C]: whole copies of a tensor side by side."""

from __future__ import annotations

from math import prod

import torch

from generator.formula.build import total
from generator.formula.tree import Expr, Range, Sym, Var, add
from generator.layers.axes import Axis
from generator.layers.dims import dims, resized, wholes
from generator.layers.dtypes import spelled
from generator.layers.movement import SUMMED, Movement
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains

_SEARCH = ("copies", "tile", "movement of data")


@explains("torch.Tensor.repeat", arguments="input, *repeats", title="Repeat", search=_SEARCH)
def repeat(call: Call) -> Formula:
    """So many copies along each axis; the first ones may be new."""
    return _repeated(call, wholes(call, "repeats"))


@explains(
    "torch.tile",
    "torch.Tensor.tile",
    arguments="input, *dims",
    title="Repeat",
    search=_SEARCH,
)
def tile(call: Call) -> Formula:
    """As `repeat`, with one copy along the first axes where fewer numbers are given."""
    given = wholes(call, "dims")
    return _repeated(call, (1,) * (len(call.shape()) - len(given)) + given)


def _repeated(call: Call, copies: tuple[int, ...]) -> Formula:
    shape = call.shape()
    new = len(copies) - len(shape)
    if new < 0 or call.output.shape != tuple(
        n * r for n, r in zip((1,) * new + shape, copies, strict=True)
    ):
        raise Refused(f"{spelled(call)} by {copies} of {list(shape)} is not explained")
    every = dims(len(copies))
    old = every[new:]
    moved = Movement(call, old, tuple(resized(a) if k >= new else a for k, a in enumerate(every)))
    counts = [_count(k, a) for k, a in enumerate(every)]
    ranges: list[Range] = [a.span for a in every[:new]]
    places: list[Expr] = [a.at for a in every[:new]]
    for k, axis in enumerate(old, start=new):
        copy = Var(f"r_{k}")
        ranges.append(copy.over(counts[k]))
        places.append(add(axis.at, copy * axis.length))
    back = moved.g[tuple(places)]
    return moved.formula(
        _summary(copies),
        moved.x[tuple(a.at % a.length for a in old)],
        total(ranges, back) if ranges else back,
        settings={s.name: r for s, r in zip(counts, copies, strict=True)},
        sizes=tuple(
            Size(a.name, resized(a).length.latex, counts[k] * a.length)
            for k, a in enumerate(old, start=new)
            if copies[k] != 1
        ),
        notes=(SUMMED,) if prod(copies) > 1 else (),
        indices={f"r_{k}": f"copy along {_along(a)}" for k, a in enumerate(every) if k >= new},
    )


def _count(k: int, axis: Axis) -> Sym:
    return Sym(f"R_{k}", f"R_{{{k}}}", f"copies along {_along(axis)}")


def _along(axis: Axis) -> str:
    return axis.name if axis.name.startswith("axis ") else f"the {axis.name} axis"


def _summary(copies: tuple[int, ...]) -> str:
    several = [f"{r} times along axis {k}" for k, r in enumerate(copies) if r != 1]
    if not several:
        return "The input is copied once; every value stays as it is."
    if len(several) == 1:
        return f"The whole input is repeated {several[0]}."
    text = f"{', '.join(several[:-1])} and {several[-1]}"
    return f"The whole input is repeated {text}: {prod(copies)} copies."


def _repeat(shape: tuple[int, ...], *copies: int) -> Example:
    return Example(
        f"repeat {shape} by {copies}",
        lambda: (torch.Tensor.repeat, (torch.randn(shape), *copies), {}),
    )


examples(
    _repeat((3,), 2),
    _repeat((2, 3), 2, 3),
    _repeat((2, 3), 4, 1, 2),
    _repeat((2, 3), 1, 1),
    _repeat((2, 3, 2, 2), 1, 2, 1, 1),
    _repeat((), 3),
    _repeat((), 2, 2),
    _repeat((1, 1), 2, 5),
    _repeat((2, 3), 0, 1),
    _repeat((0, 3), 2, 1),
    _repeat((2, 2, 1, 1, 2), 1, 2, 2, 1, 1),
    Example("tile", lambda: (torch.tile, (torch.randn(2, 3), (2,)), {})),
    Example("tile further", lambda: (torch.tile, (torch.randn(3), (2, 2)), {})),
    Example("Tensor.tile", lambda: (torch.Tensor.tile, (torch.randn(2, 3), 2, 1), {})),
    Example("whole numbers", lambda: (torch.Tensor.repeat, (torch.arange(3), 2), {})),
    Example("float16", lambda: (torch.Tensor.repeat, (torch.randn(3).half(), 9), {})),
)

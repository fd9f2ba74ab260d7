"""y[n, c] = x₀[n, c] where c < C₀, and x₁[n, c - C₀] from there on: tensors side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from generator.formula.tree import Equation, Expr, Num, Sym, Tensor, Var, add
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import axis_at, dims, numbered, output_of, resized
from generator.layers.dtypes import spelled
from generator.layers.movement import refuse_change, refuse_tensors
from generator.layers.pieces import FEW, Piece, Whole, joined, offsets
from generator.layers.registry import (
    Argument,
    Call,
    Example,
    Formula,
    Note,
    Refused,
    Size,
    examples,
    explains,
)
from generator.layers.tensors import gradient_of, upstream

_SEARCH = ("concatenate", "concat", "join", "skip connection", "movement of data")
_SKIPPED = Note(
    "An empty operand is passed over",
    "Vectors without elements are left out, whatever the shape of the others is.",
)


@explains(
    "torch.cat",
    "torch.concat",
    "torch.concatenate",
    arguments="tensors, dim=0",
    title="Concatenation",
    search=_SEARCH,
)
def cat(call: Call) -> Formula:
    """Operands of one shape but for the axis along which they lie."""
    operands = tensors_of(call)
    rank = len(call.output.shape)
    # torch passes over empty vectors, whatever the others' rank is
    used = {n: a for n, a in operands.items() if len(a.shape) == rank}
    places = dict.fromkeys(used, tuple(range(rank)))
    return _beside(call, places, axis_at(call, "dim", rank))


@explains(
    "torch.hstack",
    "torch.vstack",
    "torch.row_stack",
    "torch.dstack",
    "torch.column_stack",
    arguments="tensors",
    title="Concatenation",
    search=("stack", *_SEARCH),
)
def stacked(call: Call) -> Formula:
    """Operands of few axes get further ones of length 1, and then lie side by side."""
    name, rank = spelled(call), len(call.output.shape)
    along = {"hstack": min(1, rank - 1), "dstack": 2, "column_stack": 1}.get(name, 0)
    places = {}
    for operand, argument in tensors_of(call).items():
        own = len(argument.shape)
        # a row of a matrix, or a column for column_stack; the first axes for dstack
        row = own == 1 and name in {"vstack", "row_stack", "dstack"}
        places[operand] = (1,) if row else tuple(range(own))
    return _beside(call, places, along)


def tensors_of(call: Call) -> dict[str, Argument]:
    """The tensors of the list, in its order; Refused where values are converted with rounding."""
    refuse_change(call)
    refuse_tensors(call, *(n for n in call.tensors if n.startswith("tensors[")))
    return dict(call.tensors)


def _beside(call: Call, places: Mapping[str, tuple[int, ...]], along: int) -> Formula:
    """Operands side by side along an axis of the output.

    `places` has, for each of them, the output's axes that it has itself; along one that it lacks
    its length is 1.
    """
    output = call.output
    old = dims(len(output.shape))
    axes = (*old[:along], resized(old[along]), *old[along + 1 :])
    widths = [_width(call.shape(n), own, along) for n, own in places.items()]
    if sum(widths) != output.shape[along]:
        raise Refused(f"{spelled(call)}: lengths {widths} gave {output.shape[along]}")
    starts, numbers = offsets(widths, what="operand")
    y = output_of(axes, integer=output.integer)
    ends = [*starts[1:], axes[along].length]
    found = [
        _operand(call.tensors[name], name, own, _Place(k, old, along, starts[k], ends[k]), y)
        for k, (name, own) in enumerate(places.items())
    ]
    whole = Whole(at(axes), lengths(axes), old[along].at)
    # no position lies in a piece of length 0
    filled = [o for o, width in zip(found, widths, strict=True) if width] or found[:1]
    body, stages = joined(whole, [o.piece for o in filled], "operands")
    skipped = {n: a for n, a in call.tensors.items() if n not in places}
    total = add(*(o.length for o in found))
    return Formula(
        summary=_summary(widths, along, output.shape),
        forward=Equation(y, at(axes), body, tuple(o.x for o in filled), stages),
        gradients={
            **{o.x.name: o.gradient for o in found if not (o.x.integer or output.integer)},
            **{n: _nothing(n, k) for k, n in enumerate(skipped) if not skipped[n].integer},
        },
        settings={
            **settings(axes, output.shape),
            **numbers,
            **{o.length.name: width for o, width in zip(found, widths, strict=True)},
        },
        axes={
            "output": names(axes),
            **{o.x.name: o.names for o in found},
            **dict.fromkeys(skipped, ("axis 0",)),
        },
        sizes=(Size(axes[along].name, axes[along].length.latex, total),)
        if len(found) <= FEW
        else (),
        notes=(_SKIPPED,) if skipped else (),
    )


@dataclass(frozen=True)
class _Place:
    """Where an operand lies in the output."""

    k: int
    axes: tuple[Axis, ...]
    along: int
    start: Expr
    end: Expr


@dataclass(frozen=True)
class _Operand:
    x: Tensor
    names: tuple[str, ...]
    length: Sym
    piece: Piece
    gradient: Equation


def _operand(
    argument: Argument, name: str, own: tuple[int, ...], place: _Place, y: Tensor
) -> _Operand:
    """What one operand is in the formulas; it has the axes `own` of the output."""
    mine = numbered(place.axes[place.along], place.k, f"operand {place.k}")
    axes = [mine if d == place.along else place.axes[d] for d in own]
    x = Tensor(
        name,
        f"x^{{({place.k})}}",
        lengths(axes),
        f"operand {place.k}",
        integer=argument.integer,
        label=f"Operand {place.k}",
    )
    first = place.start == Num(0)
    inside = tuple(a.at if a is not mine or first else a.at - place.start for a in axes)
    g = upstream(y)
    read = g[
        tuple(
            (axis.at if d in own else Num(0))
            if d != place.along
            else _after(place.start, axis.at if d in own else None)
            for d, axis in enumerate(place.axes)
        )
    ]
    piece = Piece(x[inside], place.end)
    back = Equation(gradient_of(x), at(axes), read, (g,))
    return _Operand(x, names(axes), mine.length, piece, back)


def _after(start: Expr, index: Var | None) -> Expr:
    if index is None:
        return start
    return index if start == Num(0) else index + start


def _nothing(name: str, k: int) -> Equation:
    """The gradient of an empty vector, which has no elements."""
    x = Tensor(name, f"e^{{({k})}}", (Num(0),), "empty operand", label="Empty Operand")
    return Equation(gradient_of(x), (Var("k"),), Num(0), ())


def _width(shape: tuple[int, ...], own: tuple[int, ...], along: int) -> int:
    return shape[own.index(along)] if along in own else 1


def _summary(widths: Sequence[int], along: int, shape: tuple[int, ...]) -> str:
    count = f"{len(widths)} operands"
    if len(widths) == 1:
        return f"The operand lies along axis {along}, of length {shape[along]}."
    if len(set(widths)) == 1:
        each = f"length {widths[0]}"
    elif len(widths) <= FEW:
        each = f"lengths {', '.join(map(str, widths[:-1]))} and {widths[-1]}"
    else:
        each = f"lengths from {min(widths)} to {max(widths)}"
    have = f"each has {each}" if len(set(widths)) == 1 else f"they have the {each}"
    return (
        f"{count} lie side by side along axis {along}, where {have} and the output has length "
        f"{shape[along]}."
    )


def _cat(dim: int, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"cat {shapes} along {dim}"[:120],
        lambda: (torch.cat, ([torch.randn(s) for s in shapes], dim), {}),
    )


def _named(name: str, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{name} {shapes}"[:120],
        lambda: (getattr(torch, name), (tuple(torch.randn(s) for s in shapes),), {}),
    )


examples(
    _cat(0, (2, 3), (4, 3)),
    _cat(1, (2, 3, 4, 4), (2, 5, 4, 4)),
    _cat(-1, (2, 3), (2, 1), (2, 2)),
    _cat(0, (2,), (3,)),
    _cat(0, (2, 3)),
    _cat(0, (0,), (2, 3)),
    _cat(0, (0,), (0,)),
    _cat(1, (2, 0, 2), (2, 3, 2), (2, 0, 2)),
    _cat(0, (0, 3), (0, 3)),
    _cat(2, (2, 2, 1, 2, 2), (2, 2, 2, 2, 2)),
    _cat(1, *((2, k % 3 + 1) for k in range(9))),
    _cat(0, *((k % 4,) for k in range(1, 27))),
    _cat(0, *((1, 2) for _ in range(70))),
    Example(
        "whole numbers",
        lambda: (torch.cat, ([torch.arange(3), torch.tensor([2**40, -1])],), {}),
    ),
    Example(
        "truth values beside numbers",
        lambda: (torch.cat, ([torch.tensor([True, False]), torch.randn(3)],), {}),
    ),
    Example(
        "float16",
        lambda: (torch.cat, ([torch.randn(2).half(), torch.randn(3).half()],), {}),
    ),
    Example(
        "concat", lambda: (torch.concat, ((torch.randn(2, 2), torch.randn(2, 1)),), {"dim": 1})
    ),
    Example(
        "concatenate",
        lambda: (torch.concatenate, ([torch.randn(1, 2), torch.randn(2, 2)],), {"axis": 0}),
    ),
    _named("hstack", (2, 3), (2, 4)),
    _named("hstack", (2,), (4,)),
    _named("hstack", (), ()),
    _named("hstack", (2, 1, 2), (2, 2, 2)),
    _named("vstack", (3,), (3,)),
    _named("vstack", (3,), (2, 3)),
    _named("vstack", (), (1,)),
    _named("vstack", (2, 3, 2), (1, 3, 2)),
    _named("dstack", (3,), (3,)),
    _named("dstack", (), ()),
    _named("dstack", (2, 3), (2, 3, 2)),
    _named("column_stack", (3,), (3, 2), (3,)),
    _named("column_stack", (), ()),
)

"""y[n, k] = x[n, k, k + o]: a diagonal of matrices; and y[i, j] = x[i] where j - i = o, back."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal, larger
from generator.formula.tree import Expr, Num, Sym, Var
from generator.layers.axes import Axis, at
from generator.layers.dims import dims, index_at, position, whole
from generator.layers.movement import UNREAD, VIEW, Movement
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_SEARCH = ("matrix", "trace", "movement of data")
_OFFSET = Sym("o", "o", "diagonal: 0 is the main one, 1 the one above it")


@explains(
    "torch.diagonal",
    "torch.diagonal_copy",
    "torch.Tensor.diagonal",
    arguments="input, offset=0, dim1=0, dim2=1",
    title="Diagonal",
    search=_SEARCH,
)
def diagonal(call: Call) -> Formula:
    """Elements of two axes at which the indices differ by the offset; they form a last axis."""
    return _taken(call, whole(call, "offset"), whole(call, "dim1"), whole(call, "dim2"))


@explains(
    "torch.diag",
    "torch.Tensor.diag",
    arguments="input, diagonal=0",
    title="Diagonal",
    search=_SEARCH,
)
def diag(call: Call) -> Formula:
    """The diagonal of a matrix, or the matrix with a vector as its diagonal."""
    offset = whole(call, "diagonal")
    if len(call.shape()) == 2:
        return _taken(call, offset, 0, 1)
    return _placed(call, offset, -2, -1)


@explains(
    "torch.diagflat",
    "torch.Tensor.diagflat",
    arguments="input, offset=0",
    title="Diagonal matrix",
    search=_SEARCH,
)
def diagflat(call: Call) -> Formula:
    """The values in row-major order as a diagonal."""
    offset = whole(call, "offset")
    return _placed(call, offset, -2, -1, flat=True)


@explains(
    "torch.diag_embed",
    "torch.Tensor.diag_embed",
    arguments="input, offset=0, dim1=-2, dim2=-1",
    title="Diagonal matrix",
    search=_SEARCH,
)
def diag_embed(call: Call) -> Formula:
    """The last axis becomes the diagonal of a plane of two axes."""
    return _placed(call, whole(call, "offset"), whole(call, "dim1"), whole(call, "dim2"))


def _taken(call: Call, offset: int, first: int, second: int) -> Formula:
    axes = dims(len(call.shape()))
    first, second = first % len(axes), second % len(axes)
    new = _along("D", "length of the diagonal")
    kept = tuple(a for k, a in enumerate(axes) if k not in {first, second})
    moved = Movement(call, axes, (*kept, new))
    row, column = axes[first].at, axes[second].at
    inside = list[Expr](at(axes))
    inside[first], inside[second] = new.at + larger(0, -_OFFSET), new.at + larger(0, _OFFSET)
    here = moved.g[(*at(kept), row - larger(0, -_OFFSET))]
    return moved.formula(
        f"The {_which(offset)} of the plane of the axes {first} and {second} becomes the last "
        "axis.",
        moved.x[tuple(inside)],
        cases((equal(column - row, _OFFSET), here), otherwise=0),
        settings={"o": offset},
        notes=(VIEW, UNREAD) if call.type.endswith("diagonal") else (UNREAD,),
        indices={new.at.name: "position on the diagonal"},
    )


def _placed(call: Call, offset: int, first: int, second: int, *, flat: bool = False) -> Formula:
    rank = len(call.output.shape)
    first, second = first % rank, second % rank
    before = dims(len(call.shape()))
    if rank != (2 if flat else len(before) + 1):
        raise Refused(f"a diagonal of a tensor of {len(before)} axes is not explained")
    kept = () if flat else before[:-1]
    plane = {first: _plane("i", "I", "row"), second: _plane("j", "J", "column")}
    others = iter(_apart(kept))
    after = tuple(plane[k] if k in plane else next(others) for k in range(rank))
    old = before if flat else (*_apart(kept), before[-1])
    moved = Movement(call, old, after)
    row, column = plane[first].at, plane[second].at
    place: Expr = row - larger(0, -_OFFSET)
    along: Expr = old[-1].at if not flat else position(old)
    inside = (
        tuple(index_at(old, k, place) for k in range(len(old))) if flat else (*at(old[:-1]), place)
    )
    outside = list[Expr](at(after))
    outside[first] = along + larger(0, -_OFFSET) if along != Num(0) else larger(0, -_OFFSET)
    outside[second] = along + larger(0, _OFFSET) if along != Num(0) else larger(0, _OFFSET)
    return moved.formula(
        f"The values become the {_which(offset)} of matrices that are 0 elsewhere.",
        cases((equal(column - row, _OFFSET), moved.x[inside]), otherwise=0),
        moved.g[tuple(outside)],
        settings={"o": offset},
    )


def _apart(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes, with letters that a plane of rows i and columns j leaves free."""
    found = []
    for axis in axes:
        letter = {"i": "s", "j": "t"}.get(axis.at.name, axis.at.name)
        length = letter.upper()
        found.append(Axis(axis.name, Var(letter), Sym(length, length, axis.length.meaning)))
    return tuple(found)


def _plane(letter: str, length: str, name: str) -> Axis:
    return Axis(name, Var(letter), Sym(f"{length}'", f"{length}'", f"number of {name}s"))


def _along(length: str, meaning: str) -> Axis:
    return Axis("diagonal", Var("k"), Sym(length, length, meaning))


def _which(offset: int) -> str:
    if offset == 0:
        return "main diagonal"
    side = "above" if offset > 0 else "below"
    return f"diagonal {abs(offset)} {side} the main one"


def _example(name: str, shape: tuple[int, ...], *args: int) -> Example:
    return Example(
        f"{name} {shape}, {args}",
        lambda: (getattr(torch, name), (torch.randn(shape), *args), {}),
    )


examples(
    *(_example("diagonal", (3, 4), k) for k in (0, 1, -1, 3, -2, 5)),
    _example("diagonal", (2, 3, 4, 5), 1, 1, 3),
    _example("diagonal", (2, 3, 4), -1, -1, 0),
    _example("diagonal", (2, 2, 3, 1, 3), 0, 2, -1),
    *(_example("diag", (3, 4), k) for k in (0, 2, -1)),
    *(_example("diag", (3,), k) for k in (0, 2, -1)),
    _example("diagflat", (2, 2), 1),
    _example("diagflat", (3,), -1),
    _example("diagflat", ()),
    _example("diagflat", (2, 1, 2)),
    *(_example("diag_embed", (2, 3), k) for k in (0, 1, -2)),
    _example("diag_embed", (2, 3), 1, 0, 2),
    _example("diag_embed", (2, 3, 2), 0, 1, -1),
    _example("diag_embed", (2, 3, 1, 2), 0, 3, 0),
    _example("diag_embed", (3,), 0, -1, 0),
    Example(
        "Tensor.diagonal", lambda: (torch.Tensor.diagonal, (torch.randn(3, 3),), {"offset": 1})
    ),
    Example("whole numbers", lambda: (torch.diag, (torch.arange(4),), {})),
)

"""y[k] = x[⌊k / (H W)⌋, ⌊k / W⌋ mod H, k mod W]: the same values in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import nn

from generator.formula.tree import Expr, Num, Sym, Var, mul
from generator.layers.axes import Axis, at, names
from generator.layers.dims import dims, index_at, position
from generator.layers.dtypes import spelled
from generator.layers.given_shapes import given_shape
from generator.layers.movement import Movement
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Refused,
    Size,
    examples,
    explains,
)
from generator.layers.windows import sizes_text

_SEARCH = ("row-major", "shape", "view", "movement of data")
_FRESH = "klmpqrstuvxyz"
_FLATTENED = (("start_dim", 0), ("end_dim", -1))
_ROW_MAJOR = Note(
    "The last axis runs fastest",
    "Values are counted row by row: the last index runs fastest, in the input as in the output.",
)
_NO_TRANSPOSITION = Note(
    "Not a transposition",
    "The output has the lengths of the input in another order, yet no axis was moved: the values "
    "are only counted off anew. Axes are moved by `permute` and `transpose`.",
)


@dataclass(frozen=True)
class _Group:
    """Consecutive axes of the input that hold the same values as those of the output."""

    before: tuple[Axis, ...]
    after: tuple[Axis, ...]

    @property
    def kept(self) -> set[Var]:
        """The index of the axis that stays, where all others of the group have length 1."""
        return set(at(self.before)) & set(at(self.after))


@explains(
    "torch.nn.Flatten",
    "torch.flatten",
    "torch.Tensor.flatten",
    arguments="input, start_dim=0, end_dim=-1",
    title="Flatten",
    search=("nn.Flatten", "vectorise", *_SEARCH),
)
@explains("torch.ravel", "torch.Tensor.ravel", arguments="input", title="Flatten", search=_SEARCH)
@explains(
    "torch.atleast_1d",
    "torch.atleast_2d",
    "torch.atleast_3d",
    arguments="input",
    title="Reshape",
    search=("new axis", *_SEARCH),
)
@explains(
    "torch.nn.Unflatten",
    "torch.unflatten",
    "torch.Tensor.unflatten",
    arguments="input, dim, sizes",
    title="Unflatten",
    renames={"unflattened_size": "sizes"},
    search=("nn.Unflatten", "split an axis", *_SEARCH),
)
@explains("torch.Tensor.view", arguments="input, *size", title="View", search=_SEARCH)
@explains(
    "torch.reshape",
    "torch.Tensor.reshape",
    arguments="input, *shape",
    title="Reshape",
    search=_SEARCH,
)
@explains(
    "torch.Tensor.view_as",
    "torch.Tensor.reshape_as",
    arguments="input, other",
    title="Reshape",
    search=_SEARCH,
)
@explains(
    "torch.squeeze",
    "torch.Tensor.squeeze",
    "torch.Tensor.squeeze_",
    arguments="input, dim=None",
    title="Squeeze",
    search=("axis of length 1", *_SEARCH),
)
@explains(
    "torch.unsqueeze",
    "torch.Tensor.unsqueeze",
    "torch.Tensor.unsqueeze_",
    arguments="input, dim",
    title="Unsqueeze",
    search=("axis of length 1", "new axis", *_SEARCH),
)
def reshape(call: Call) -> Formula:
    """Any change of shape that keeps the values in row-major order; the shapes tell all."""
    if "input" not in call.tensors:
        raise Refused(f"{spelled(call)} of several tensors is not explained")
    before, after = call.shape(), call.output.shape
    if call.output.dtype != call.tensors["input"].dtype or prod(before) != prod(after):
        message = f"{spelled(call)} from {call.tensors['input'].dtype} to {call.output.dtype}"
        raise Refused(f"{message}: reading the same bytes as another type is not explained")
    groups = _groups(before, after, _named(call, before, after))
    moved = Movement(
        call,
        tuple(a for g in groups for a in g.before),
        tuple(a for g in groups for a in g.after),
    )
    back = [_Group(group.after, group.before) for group in groups]
    formula = moved.formula(
        _summary(before, after),
        moved.x[_source(groups)],
        moved.g[_source(back)],
        sizes=_sizes(groups),
        notes=_notes(before, after),
    )
    axes = {**formula.axes, **_shape_of(call)}
    return replace(formula, axes=axes, shape=given_shape(call, before, after))


_Point = tuple[int, int]
_Cut = tuple[_Point, _Point]
"""From the first axis of the input and of the output to the ones behind the last."""


def _groups(
    before: tuple[int, ...], after: tuple[int, ...], named: list[_Cut] | None
) -> list[_Group]:
    """The axes of the input beside those of the output that hold the same values, in order.

    Where the call names the axes that are merged or split, their lengths decide nothing.
    """
    old = dims(len(before))
    names = _Names(old)
    groups: list[_Group] = []
    for (i, j), (m, n) in spans(before, after) if named is None else named:
        kept: dict[int, Axis] = {}
        if m - i == n - j == 1:
            kept = {j: old[i]}
        elif named is None:
            moved = [k for k in range(i, m) if before[k] != 1]
            longer = [k for k in range(j, n) if after[k] != 1]
            kept = {longer[0]: old[moved[0]]} if len(moved) == len(longer) == 1 else {}
        axes = tuple(names.axis(k, kept.get(k)) for k in range(j, n))
        groups.append(_Group(old[i:m], axes))
    return groups


class _Names:
    """Names the output's axes: those that stay keep index and length."""

    def __init__(self, old: Sequence[Axis]) -> None:
        taken = {axis.at.name for axis in old}
        self.fresh = (letter for letter in _FRESH if letter not in taken)

    def axis(self, position: int, kept: Axis | None) -> Axis:
        """The output's axis at the position; `kept` is the input's that it is, if it is one."""
        if kept is not None:
            name = f"axis {position}" if kept.name.startswith("axis ") else kept.name
            return Axis(name, kept.at, kept.length)
        name = f"axis {position}"
        letter = next(self.fresh, f"k_{position}")
        capital = letter.upper()
        return Axis(name, Var(letter), Sym(capital, capital, f"length of the output's {name}"))


def _named(call: Call, before: tuple[int, ...], after: tuple[int, ...]) -> list[_Cut] | None:
    """The cuts around the axes that the call names; None where it gives a shape instead."""
    name = call.type.rpartition(".")[2].lower()
    if name in {"flatten", "ravel"}:
        start, end = (int(str(call.options.get(o, d))) for o, d in _FLATTENED)
        first, last = (start % len(before), end % len(before)) if before else (0, -1)
        return _around((first, first), (last + 1, first + 1), len(before))
    if name == "unflatten":
        dim = int(str(call.options["dim"])) % len(before)
        return _around((dim, dim), (dim + 1, dim + 1 + len(after) - len(before)), len(before))
    return None


def _around(start: _Point, end: _Point, rank: int) -> list[_Cut]:
    """One cut, and all axes before and after it one by one."""
    moved = end[1] - end[0]
    return [
        *(((k, k), (k + 1, k + 1)) for k in range(start[0])),
        (start, end),
        *(((k, k + moved), (k + 1, k + 1 + moved)) for k in range(end[0], rank)),
    ]


def spans(before: tuple[int, ...], after: tuple[int, ...]) -> list[_Cut]:
    """Where both shapes can be cut so that the parts hold equally many values."""
    if 0 in before:
        return [((0, 0), (len(before), len(after)))]
    spans: list[_Cut] = []
    i = j = 0
    while i < len(before) or j < len(after):
        start = (i, j)
        i, j = min(i + 1, len(before)), min(j + 1, len(after))
        while prod(before[start[0] : i]) != prod(after[start[1] : j]):
            if prod(before[start[0] : i]) < prod(after[start[1] : j]):
                i += 1
            else:
                j += 1
        spans.append((start, (i, j)))
    return spans


def _source(groups: Sequence[_Group]) -> tuple[Expr, ...]:
    """Indices of `before` at those of `after`."""
    found: list[Expr] = []
    for group in groups:
        if group.kept:
            found += [a.at if a.at in group.kept else Num(0) for a in group.before]
        else:
            place = position(group.after)
            found += [index_at(group.before, k, place) for k in range(len(group.before))]
    return tuple(found)


def _sizes(groups: Sequence[_Group]) -> tuple[Size, ...]:
    found: list[Size] = []
    for group in groups:
        for axis in group.after:
            lengths = [a.length for a in group.before]
            if axis.at not in at(group.before) and len(group.after) == 1 and len(lengths) > 1:
                found.append(Size(axis.name, axis.length.latex, mul(*lengths)))
    return tuple(found)


def _notes(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[Note, ...]:
    long = [[n for n in shape if n != 1] for shape in (before, after)]
    if long[0] == long[1]:
        return ()
    return (_NO_TRANSPOSITION,) if sorted(long[0]) == sorted(long[1]) else (_ROW_MAJOR,)


def _shape_of(call: Call) -> dict[str, tuple[str, ...]]:
    return {"other": names(dims(len(call.shape("other"))))} if "other" in call.tensors else {}


def _summary(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if before == after:
        return "The shape stays as it is, and so does every value."
    if not before or not after:
        return f"The only value gets the shape {list(after)}; it stays as it is."
    return (
        f"The shape {sizes_text(before)} becomes {sizes_text(after)}; the values and their order "
        "stay as they are."
    )


def _flatten(*shape: int, start: int = 0, end: int = -1) -> Example:
    return Example(
        f"flatten {shape} from {start} to {end}",
        lambda: (torch.flatten, (torch.randn(shape), start, end), {}),
    )


def _view(shape: tuple[int, ...], *to: int) -> Example:
    return Example(
        f"view {shape} as {to}", lambda: (torch.Tensor.view, (torch.randn(shape), *to), {})
    )


def _squeeze(shape: tuple[int, ...], *dim: object) -> Example:
    return Example(
        f"squeeze {shape}, {dim}", lambda: (torch.squeeze, (torch.randn(shape), *dim), {})
    )


def _unsqueeze(dim: int, *shape: int) -> Example:
    return Example(
        f"unsqueeze {shape} at {dim}", lambda: (torch.unsqueeze, (torch.randn(shape), dim), {})
    )


examples(
    _flatten(2, 3, 4, 5, start=1),
    _flatten(2, 3, 4, 5),
    _flatten(2, 3, 4, 5, start=1, end=2),
    _flatten(2, 3, 1, 1, start=1),
    _flatten(1, 3, 4, 5, start=1),
    _flatten(5),
    _flatten(),
    _flatten(0, 3, 2, start=1),
    _flatten(2, 1, 3, 1, 2, 2, start=1, end=3),
    Example("nn.Flatten", lambda: (nn.Flatten(), (torch.randn(2, 3, 2, 2),), {})),
    Example("nn.Unflatten", lambda: (nn.Unflatten(1, (2, 3)), (torch.randn(2, 6),), {})),
    Example("unflatten", lambda: (torch.Tensor.unflatten, (torch.randn(2, 6), -1, (3, -1)), {})),
    Example("ravel", lambda: (torch.Tensor.ravel, (torch.randn(2, 3).T,), {})),
    _view((2, 6), 6, 2),
    _view((2, 6), 3, 4),
    _view((2, 3, 8), 2, 3, 2, 4),
    _view((2, 3, 2, 4), 2, 3, -1),
    _view((4, 6, 5), 8, 3, 5),
    _view((2, 12), 2, 3, 2, 2),
    _view((1, 1), 1),
    _view((3, 1), 1, 3),
    _view((), 1, 1),
    _view((0, 2), 5, 0),
    _view((2, 3), 2, 3),
    Example("reshape", lambda: (torch.reshape, (torch.randn(4, 3).T, (2, -1)), {})),
    Example("reshape by name", lambda: (torch.reshape, (torch.randn(4),), {"shape": (2, 2)})),
    Example(
        "view_as", lambda: (torch.Tensor.view_as, (torch.randn(6), torch.arange(6).view(2, 3)), {})
    ),
    _squeeze((2, 1, 3, 1)),
    _squeeze((2, 1, 3, 1), 1),
    _squeeze((2, 1, 3, 1), (1, -1)),
    _squeeze((2, 3), 0),
    _squeeze((1, 1)),
    _unsqueeze(0, 2, 3),
    _unsqueeze(-1, 2, 3, 4, 5),
    _unsqueeze(1, 4),
    _unsqueeze(0),
    Example("atleast_2d", lambda: (torch.atleast_2d, (torch.randn(3),), {})),
    Example("atleast_3d", lambda: (torch.atleast_3d, (torch.randn(2, 3),), {})),
    Example("whole numbers", lambda: (torch.flatten, (torch.arange(12).view(2, 3, 2), 1), {})),
    Example(
        "truth values", lambda: (torch.Tensor.view, (torch.tensor([True, False] * 3), 2, 3), {})
    ),
    Example("bfloat16", lambda: (torch.Tensor.view, (torch.randn(6).bfloat16(), 2, 3), {})),
    Example("float64", lambda: (torch.Tensor.view, (torch.randn(6).double(), 2, 3), {})),
)

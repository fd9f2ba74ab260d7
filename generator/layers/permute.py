"""y[n, h, w, c] = x[n, c, h, w]: the same values with their axes in another order."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from generator.layers.axes import Axis, at
from generator.layers.dims import dims, wholes
from generator.layers.dtypes import spelled
from generator.layers.movement import VIEW, Movement
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains

_SEARCH = ("axes", "dimensions", "movement of data")


@explains(
    "torch.permute",
    "torch.Tensor.permute",
    arguments="input, *dims",
    title="Permute",
    search=("transpose", *_SEARCH),
)
def permute(call: Call) -> Formula:
    """Any order of all the axes."""
    return _moved(call, wholes(call, "dims"))


@explains(
    "torch.transpose",
    "torch.swapdims",
    "torch.Tensor.transpose",
    "torch.Tensor.transpose_",
    "torch.Tensor.swapdims",
    "torch.Tensor.swapdims_",
    arguments="input, dim0, dim1",
    title="Transpose",
    search=_SEARCH,
)
@explains(
    "torch.swapaxes",
    "torch.Tensor.swapaxes",
    "torch.Tensor.swapaxes_",
    arguments="input, axis0, axis1",
    title="Transpose",
    search=_SEARCH,
)
def transpose(call: Call) -> Formula:
    """Two axes exchanged."""
    first, second = (name for name in ("dim0", "axis0", "dim1", "axis1") if name in call.options)
    return _moved(call, _swapped(call, *wholes(call, first), *wholes(call, second)))


@explains(
    "torch.t",
    "torch.adjoint",
    "torch.Tensor.t",
    "torch.Tensor.t_",
    "torch.Tensor.mT",
    "torch.Tensor.mH",
    "torch.Tensor.H",
    "torch.Tensor.adjoint",
    arguments="input",
    title="Transpose",
    search=("matrix transpose", *_SEARCH),
)
def matrix_transpose(call: Call) -> Formula:
    """The last two axes exchanged; a vector stays as it is."""
    rank = len(call.shape())
    return _moved(call, tuple(range(rank)) if rank < 2 else _swapped(call, -2, -1))


@explains("torch.Tensor.T", arguments="input", title="Transpose", search=_SEARCH)
def reverse(call: Call) -> Formula:
    """All axes in reverse order."""
    return _moved(call, tuple(reversed(range(len(call.shape())))))


@explains(
    "torch.movedim",
    "torch.moveaxis",
    "torch.Tensor.movedim",
    "torch.Tensor.moveaxis",
    arguments="input, source, destination",
    title="Move axes",
    search=_SEARCH,
)
def movedim(call: Call) -> Formula:
    """Some axes at new places, the others in their order between them."""
    rank = len(call.shape())
    source = [d % rank for d in wholes(call, "source")]
    destination = [d % rank for d in wholes(call, "destination")]
    placed = dict(zip(destination, source, strict=True))
    others = iter(d for d in range(rank) if d not in source)
    return _moved(call, tuple(placed[k] if k in placed else next(others) for k in range(rank)))


def _moved(call: Call, order: Sequence[int]) -> Formula:
    """The output's axis k is the input's axis order[k]."""
    shape = call.shape()
    rank = len(shape)
    order = tuple(d % rank for d in order)
    if sorted(order) != list(range(rank)) or call.output.shape != tuple(shape[d] for d in order):
        raise Refused(f"{spelled(call)}: the order {list(order)} of the axes is not explained")
    old = dims(rank)
    new = tuple(_renamed(old[d], k) for k, d in enumerate(order))
    moved = Movement(call, old, new)
    return moved.formula(
        _summary(order),
        moved.x[at(old)],
        moved.g[at(new)],
        sizes=tuple(
            Size(new[k].name, f"M_{{{k}}}", old[d].length) for k, d in enumerate(order) if k != d
        ),
        notes=(VIEW,) if order != tuple(range(rank)) else (),
    )


def _renamed(axis: Axis, position: int) -> Axis:
    name = f"axis {position}" if axis.name.startswith("axis ") else axis.name
    return Axis(name, axis.at, axis.length)


def _swapped(call: Call, first: int, second: int) -> tuple[int, ...]:
    order = list(range(len(call.shape())))
    if order:
        order[first], order[second] = order[second], order[first]
    return tuple(order)


def _summary(order: tuple[int, ...]) -> str:
    if order == tuple(range(len(order))):
        return "The axes stay in their order, and every value as it is."
    listed = ", ".join(map(str, order))
    return f"The output's axes are the input's axes {listed}, in this order; no value changes."


def _permute(shape: tuple[int, ...], *order: int) -> Example:
    return Example(
        f"permute {shape} to {order}",
        lambda: (torch.Tensor.permute, (torch.randn(shape), *order), {}),
    )


def _with(name: str, shape: tuple[int, ...], *args: object) -> Example:
    return Example(
        f"{name} {shape}, {args}", lambda: (getattr(torch, name), (torch.randn(shape), *args), {})
    )


examples(
    _permute((2, 3, 4, 5), 0, 2, 3, 1),
    _permute((2, 3, 4), 2, 0, 1),
    _permute((2, 3, 4), -1, 0, -2),
    _permute((2, 3), 0, 1),
    _permute((4,), 0),
    _permute((1, 3, 1), 1, 0, 2),
    _permute((2, 1, 3, 2, 1, 2), 5, 0, 4, 1, 3, 2),
    _permute((0, 2, 3), 2, 1, 0),
    _with("permute", (2, 3, 4), (1, 2, 0)),
    _with("permute", (), ()),
    _with("transpose", (2, 3, 4, 5), 1, 2),
    _with("transpose", (2, 3, 4), -1, 0),
    _with("transpose", (2, 3, 4), 1, 1),
    _with("swapaxes", (2, 3, 4), 0, 1),
    _with("swapdims", (2, 3), 0, 1),
    _with("t", (2, 3)),
    _with("t", (3,)),
    _with("t", ()),
    _with("adjoint", (2, 3, 4)),
    _with("movedim", (2, 3, 4, 5), 1, -1),
    _with("movedim", (2, 3, 4, 5), (0, -1), (2, 0)),
    _with("moveaxis", (2, 3, 4), 2, 0),
    Example("whole numbers", lambda: (torch.t, (torch.arange(6).view(2, 3),), {})),
    Example("float16", lambda: (torch.t, (torch.randn(2, 3).half(),), {})),
)

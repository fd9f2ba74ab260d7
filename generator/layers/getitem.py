"""y = x[…]: elements of the input at whole numbers, slices, index tensors and masks."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import cases, equal, total
from generator.formula.tree import Equation, Expr, Num
from generator.layers.addresses import POINTS, Addresses, both
from generator.layers.addressing import addresses
from generator.layers.axes import at, names
from generator.layers.dims import input_of, output_of
from generator.layers.dtypes import refuse_unreal
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.subscripts import drawn
from generator.layers.tensors import gradient_of, upstream

_VIEW = Note(
    "No copy",
    "Whole numbers and slices give a view: writing into the result writes into the input.",
)
_COPY = Note(
    "A copy",
    "Index tensors, lists and masks give a copy, where whole numbers and slices give a view.",
)
_TOGETHER = Note(
    "Several index tensors go together",
    "They are read side by side, as coordinates of one element each, not as rows and columns.",
)
_FRONT = Note(
    "The indices' axis comes first",
    "An axis of the input stands between the index tensors, so that their own axes move to the "
    "front of the output.",
)


@explains(
    "torch.Tensor.__getitem__",
    arguments="input, index",
    title="Indexing",
    search=("x[...]", "slice", "mask", "advanced indexing", "fancy indexing", "select"),
    draw=drawn,
)
def getitem(call: Call) -> Formula:
    """The elements that stand in the brackets."""
    refuse_unreal(call)
    found = addresses(call, "index", call.output.shape)
    x = input_of(found.axes, integer=call.tensors["input"].integer)
    y = output_of(found.out, integer=call.output.integer)
    g = upstream(y)
    empty = 0 in call.output.shape
    tensors = found.mask[2] if found.mask else found.tensors
    body = Num(0) if empty else _gradient(found, lambda places: g[found.back(places)])
    gradient = Equation(gradient_of(x), at(found.axes), body, (g, *tensors))
    return Formula(
        summary=_summary(found),
        forward=Equation(y, at(found.out), x[found.reads], (x, *found.tensors)),
        gradients={} if call.output.integer else {"input": gradient},
        settings=found.settings,
        axes={"input": names(found.axes), "output": names(found.out), **found.named},
        sizes=found.sizes,
        notes=_notes(found),
        indices=POINTS,
    )


def _gradient(found: Addresses, read: Callable[[tuple[Expr, ...]], Expr]) -> Expr:
    """What the elements of the output that are the input's here send back, from the places."""
    conditions = list(found.covered)
    if found.mask:
        holds, before, _ = found.mask
        conditions.append(equal(holds, 1))
        body = read((before,))
    else:
        body = read(at(found.places))
        if found.hit is not None:
            body = total(found.spans, body, found.hit)
        elif found.places:
            body = total(found.spans, body)
    condition = both(conditions)
    return body if condition is None else cases((condition, body), otherwise=0)


_NEW = "a new axis of length 1"
_MANY = {2: "two", 3: "three", 4: "four"}


def _summary(found: Addresses) -> str:
    if not found.words:
        return "The output is the whole input."
    read = [word for word in found.words if word != _NEW]
    new = len(found.words) - len(read)
    at = f" at {', '.join(read[:-1])} and {read[-1]}" if len(read) > 1 else f" at {''.join(read)}"
    axes = _NEW if new == 1 else f"{_MANY.get(new, new)} new axes of length 1"
    added = f"{',' if read else ''} with {axes}" if new else ""
    return f"The output is the input{at if read else ''}{added}."


def _notes(found: Addresses) -> tuple[Note, ...]:
    pointing = bool(found.kinds & {"tensor", "list", "mask"})
    return (
        *((_TOGETHER,) if "several" in found.kinds else ()),
        *((_FRONT,) if found.front else ()),
        _COPY if pointing else _VIEW,
    )


def _item(index: object, *shape: int, name: str = "") -> Example:
    return Example(
        f"{shape}[{name or index}]",
        lambda: (torch.Tensor.__getitem__, (torch.randn(shape), index), {}),
    )


def _made(name: str, make: Callable[[], object], *shape: int) -> Example:
    """With tensors among the indices."""
    return Example(
        f"{shape}[{name}]",
        lambda: (torch.Tensor.__getitem__, (torch.randn(shape), make()), {}),
    )


def _some(rows: int, *shape: int) -> torch.Tensor:
    """Indices, some of them counted from the end."""
    return torch.randint(-rows, rows, shape)


def _mask(*shape: int) -> torch.Tensor:
    return torch.rand(shape) > 0.4


_ALL = slice(None)

examples(
    _item(1, 3, 4),
    _item(-1, 3, 4),
    _item((0, -1), 3, 4),
    _item((0, 1), 2, 2, name="0, 1"),
    _item(slice(1, None), 5),
    _item(slice(None, -1), 5, 3),
    _item((_ALL, slice(1, 9, 3)), 2, 9),
    _item((_ALL, slice(None, None, 2), 0), 2, 5, 3),
    _item(slice(2, 2), 5),
    _item(slice(4, 1), 5),
    _item(slice(-3, -1), 2, 4),
    _item(None, 3),
    _item((_ALL, None, _ALL, None), 2, 3),
    _item(..., 2, 3),
    _item((), 2, 3),
    _item((..., 0), 2, 3, 4),
    _item((0, ..., slice(1, 2)), 2, 3, 4, 5),
    _item((), name="()"),
    _item(None, name="scalar, None"),
    _item(True, 2, 3),
    _item(False, 2, 3),
    _item((0, True), 2, 3),
    _item([0, 2, -1], 3, 4),
    _item(([0, 1], [1, 2]), 3, 4),
    _item((_ALL, [[0, 1], [1, 0]]), 2, 3),
    _item([True, False, True], 3, 4),
    _item([], 3, 4),
    _made("i", lambda: _some(5, 7), 5, 2),
    _made("i of two axes", lambda: _some(5, 2, 3), 5, 2),
    _made("i of three axes", lambda: _some(5, 2, 2, 2), 5),
    _made("i of 32 bits", lambda: _some(5, 4).int(), 5),
    _made("no index", lambda: _some(5, 0), 5, 2),
    _made("i without axes", lambda: _some(5), 5, 2),
    _made(":, i without axes, 1:", lambda: (_ALL, _some(5), slice(1, None)), 2, 5, 3),
    _made("i, j", lambda: (_some(5, 7), _some(3, 7)), 5, 3, 2),
    _made("i, j broadcast", lambda: (_some(5, 4, 1), _some(3, 2)), 5, 3, 2),
    _made("i, 0, j", lambda: (_some(5, 4), 0, _some(3, 4)), 5, 2, 3),
    _made("i, :, j", lambda: (_some(5, 4), _ALL, _some(3, 4)), 5, 2, 3),
    _made(":, i, :, j", lambda: (_ALL, _some(5, 4), _ALL, _some(3, 4)), 2, 5, 2, 3),
    _made("i, None, j", lambda: (_some(5, 4), None, _some(3, 4)), 5, 3),
    _made(":, i, None", lambda: (_ALL, _some(3, 4), None), 2, 3),
    _made("1:, i", lambda: (slice(1, None), _some(3, 4)), 4, 3),
    _made("..., i", lambda: (..., _some(3, 4)), 2, 4, 3),
    _made("i, [0, 1]", lambda: (_some(3, 2), [0, 1]), 3, 2),
    _made("mask", lambda: _mask(6), 6),
    _made("mask of rows", lambda: _mask(6), 6, 2),
    _made("mask of all", lambda: _mask(3, 4), 3, 4),
    _made("mask of three axes", lambda: _mask(2, 3, 4), 2, 3, 4, 2),
    _made(":, mask", lambda: (_ALL, _mask(5)), 2, 5, 3),
    _made("::2, mask", lambda: (slice(None, None, 2), _mask(5)), 4, 5),
    _made("nothing holds", lambda: torch.zeros(3).bool(), 3),
    _made("a truth value", lambda: torch.tensor(True), 3),
    _made("mask, 0", lambda: (_mask(5), 0), 5, 3),
    _made("mask, i", lambda: (torch.tensor([True, False, True]), _some(4, 2)), 3, 4),
    _made("one holds, i", lambda: (torch.tensor([False, True]), _some(4, 5)), 2, 4),
    _made("mask, :, i", lambda: (torch.tensor([True, True]), _ALL, _some(4, 2)), 2, 3, 4),
    _made(
        "mask, mask", lambda: (torch.tensor([True, True]), torch.tensor([True, False, True])), 2, 3
    ),
    _made("True, i", lambda: (True, _some(3, 2)), 3),
    Example(
        "whole numbers",
        lambda: (torch.Tensor.__getitem__, (torch.arange(12).reshape(3, 4), (_ALL, [1, 1])), {}),
    ),
    Example("truth values", lambda: (torch.Tensor.__getitem__, (_mask(3, 4), (0, _mask(4))), {})),
    Example(
        "float16", lambda: (torch.Tensor.__getitem__, (torch.randn(3).half(), _some(3, 40)), {})
    ),
    Example(
        "float64", lambda: (torch.Tensor.__getitem__, (torch.randn(3).double(), _some(3, 9)), {})
    ),
)

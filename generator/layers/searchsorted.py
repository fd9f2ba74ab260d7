"""y = Σ [b[k] < x]: how many of the sorted boundaries lie below a value."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import bracket, total
from generator.formula.tree import Compare, Equation, Expr, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, output_of
from generator.layers.dtypes import held, refuse_unreal, spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_BOUNDARY = Axis("boundary", Var("k"), Sym("K", "K", "number of boundaries"))
_SORTED = Note(
    "The boundaries have to be sorted",
    "torch does not check it: it halves the list again and again. In one that is not sorted it "
    "finds another place than the sum does.",
)
_SEARCH = ("binary search", "histogram bins", "digitize", "quantile")


@explains(
    "torch.bucketize",
    arguments="input, boundaries, out_int32=False, right=False",
    title="Bucketize",
    search=("torch.bucketize", *_SEARCH),
)
def bucketize(call: Call) -> Formula:
    """The bucket of each value among boundaries that are the same for all."""
    return _counted(call, "boundaries", right=bool(call.options["right"]))


@explains(
    "torch.searchsorted",
    arguments="sorted_sequence, input, out_int32=False, right=False, side=None, sorter=None",
    title="Search in sorted values",
    search=("torch.searchsorted", *_SEARCH),
)
def searchsorted(call: Call) -> Formula:
    """Where each value would be inserted, in one list or in one of each row."""
    side = call.options["side"]
    right = call.options["right"] if side is None else side == "right"
    return _counted(call, "sorted_sequence", right=bool(right))


def _counted(call: Call, name: str, *, right: bool) -> Formula:
    refuse_unreal(call)
    axes = dims(len(call.output.shape))
    value, tensors, shapes = _value(call, axes)
    rows = len(call.shape(name)) > 1
    lead = axes[:-1] if rows else ()
    own = (*lead, _BOUNDARY)
    _refuse(call, name, rows=rows)
    integer = call.tensors[name].integer
    b = Tensor(name, "b", lengths(own), "sorted boundaries", integer=integer, label="Boundaries")
    place: Expr = _BOUNDARY.at
    if "sorter" in call.tensors:
        s = Tensor("sorter", "s", b.sizes, "order that sorts", integer=True, label="Order")
        place = s[at(own)]
        tensors, shapes = (*tensors, s), {**shapes, "sorter": names(own)}
    read = b[(*at(lead), place)]
    body = total(_BOUNDARY.span, bracket(Compare("<=" if right else "<", read, value)))
    y = output_of(axes, integer=True)
    count = call.shape(name)[-1]
    return Formula(
        summary=f"How many of the {count} boundaries are smaller than the value"
        f"{', or equal to it' if right else ''}: a number from 0 to {count}.",
        forward=Equation(y, at(axes), body, (b, *tensors)),
        gradients={},
        settings={
            **settings(axes, call.output.shape),
            "K": count,
            **({} if "input" in call.tensors else {"v": _number(call, name)}),
        },
        axes={**shapes, name: names(own), "output": names(axes)},
        notes=(_SORTED,),
    )


def _value(
    call: Call, axes: tuple[Axis, ...]
) -> tuple[Expr, tuple[Tensor, ...], dict[str, tuple[str, ...]]]:
    """The value that is searched for, with its declaration."""
    found = call.tensors.get("input")
    if found is None:
        return Sym("v", "v", "value that is searched for", integer=False), (), {}
    x = Tensor("input", "x", lengths(axes), "input", integer=found.integer, label="Input")
    return x[at(axes)], (x,), {"input": names(axes)}


def _number(call: Call, name: str) -> int | float:
    given = call.options["input"]
    if not isinstance(given, int | float):
        raise Refused(f"{spelled(call)}(input={given!r}): only real numbers are explained")
    # the number is rounded to the boundaries' type before it is compared
    return held(given, call.tensors[name].dtype)


def _refuse(call: Call, name: str, *, rows: bool) -> None:
    """Refused where the two are compared in another type than their own."""
    found, boundaries = call.tensors.get("input"), call.tensors[name]
    if rows and (found is None or len(found.shape) != len(boundaries.shape)):
        shape = list(boundaries.shape)
        raise Refused(f"{spelled(call)}: boundaries of shape {shape} are not explained here")
    if found is not None and found.dtype != boundaries.dtype:
        message = f"{spelled(call)}: the input is {found.dtype}, the boundaries {boundaries.dtype}"
        raise Refused(f"{message}; this comparison is not explained")


def _bucketize(shape: tuple[int, ...], count: int, **options: object) -> Example:
    return Example(
        f"bucketize {shape}, {count}, {options}",
        lambda: (
            torch.bucketize,
            (torch.randint(5, shape).float(), torch.randint(5, (count,)).float().sort().values),
            options,
        ),
    )


def _search(rows: tuple[int, ...], shape: tuple[int, ...], **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        boundaries = torch.randn(rows).sort(-1).values
        return torch.searchsorted, (boundaries, torch.randn(shape)), options

    return Example(f"searchsorted {rows}, {shape}, {options}", run)


def _unsorted() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
    boundaries = torch.randn(2, 6)
    order = boundaries.argsort(-1)
    return torch.searchsorted, (boundaries, torch.randn(2, 3)), {"sorter": order}


examples(
    _bucketize((4,), 5),
    _bucketize((4,), 5, right=True),
    _bucketize((2, 3, 2), 1, out_int32=True),
    _bucketize((), 4),
    _bucketize((3,), 0),
    _bucketize((0,), 3),
    _search((6,), (2, 3)),
    _search((2, 6), (2, 3), right=True),
    _search((2, 2, 6), (2, 2, 1), side="right"),
    _search((2, 6), (2, 3), side="left"),
    Example("with a sorter", _unsorted),
    Example(
        "whole numbers",
        lambda: (
            torch.bucketize,
            (torch.randint(9, (5,)), torch.tensor([1, 3, 3, 8])),
            {"right": True},
        ),
    ),
    Example(
        "a number",
        lambda: (torch.searchsorted, (torch.tensor([0.1, 0.5, 0.7]), 0.1), {}),
    ),
)

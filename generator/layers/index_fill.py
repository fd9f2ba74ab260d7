"""y[p[k]] = v, and y = x elsewhere: one number is written at the indices of a list."""

from __future__ import annotations

import torch

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Sym, Tensor
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.scattering import Scattering
from generator.layers.tensors import gradient_of, upstream
from generator.layers.written import number_of

_V = Sym("v", "v", "what is written", integer=False)


@explains(
    "torch.index_fill",
    "torch.Tensor.index_fill",
    "torch.Tensor.index_fill_",
    arguments="input, dim, index, value",
    title="Index fill",
    search=("write at indices", "torch.index_fill"),
)
def index_fill(call: Call) -> Formula:
    """One number written along the axis `dim`."""
    along = Scattering.of(call, line=True)
    v = _value(call)
    number = None if v is not None else number_of(call, "value")
    forward = Equation(
        along.changed,
        along.indices(along.changed),
        along.overwritten(_V if v is None else v[()]),
        (along.x, along.p, *(() if v is None else (v,))),
        (along.count,),
    )
    gradients = {"input": along.kept()}
    if v is not None and not v.integer:
        gradients["value"] = _gradient(along, v)
    return Formula(
        summary=f"{'A tensor of one number' if v else number} is written into the input at the "
        f"indices along axis {along.place} that the list has; all else stays.",
        forward=forward,
        gradients={} if call.output.integer else gradients,
        settings={**along.settings, **({} if number is None else {"v": number})},
        axes={**along.named(output=False), **({} if v is None else {"value": ()})},
        notes=in_place(call),
        indices=POINTS,
    )


def _value(call: Call) -> Tensor | None:
    """The value as a tensor without axes; None for a number."""
    found = call.tensors.get("value")
    if found is None:
        return None
    if found.shape or found.dtype != call.output.dtype:
        what = f"a value of shape {list(found.shape)} in {found.dtype}"
        raise Refused(f"{spelled(call)}: {what} is not explained")
    return Tensor("value", "v", (), "what is written", integer=found.integer, label="Value")


def _gradient(along: Scattering, v: Tensor) -> Equation:
    """The sum over all elements that were written to."""
    g = upstream(along.changed)
    body: Expr = along.own(g)
    if along.empty or 0 in along.call.shape():
        body = Num(0)
    elif along.call.shape():
        body = total([a.span for a in along.axes], body, along.counted > 0)
    return Equation(gradient_of(v), (), body, (g, along.p), (along.count,))


def _fill(shape: tuple[int, ...], dim: int, value: float, *indices: int) -> Example:
    return Example(
        f"index_fill {shape}, axis {dim}, {value}, {indices}",
        lambda: (
            torch.index_fill,
            (torch.randn(shape), dim, torch.tensor(indices).long(), value),
            {},
        ),
    )


def _tensor(shape: tuple[int, ...], dim: int, *indices: int) -> Example:
    return Example(
        f"index_fill {shape}, axis {dim}, a tensor, {indices}",
        lambda: (
            torch.index_fill,
            (torch.randn(shape), dim, torch.tensor(indices).long(), torch.randn(())),
            {},
        ),
    )


examples(
    _fill((3, 4), 0, 0.1, 2, 0),
    _fill((3, 4), -1, -2, 2, 2),
    _fill((2, 3, 4), 1, 5.0, 1),
    _fill((5,), 0, 1, *range(5)),
    _fill((5,), 0, 1),
    _fill((), 0, 2.5, 0),
    _tensor((3, 4), 0, 2, 0, 2),
    _tensor((3, 4), 1, 1),
    _tensor((5,), 0),
    _tensor((), 0, 0),
    Example(
        "whole numbers", lambda: (torch.index_fill, (torch.arange(3), 0, torch.tensor([1]), -1), {})
    ),
    Example(
        "truth values",
        lambda: (torch.index_fill, (torch.zeros(3).bool(), 0, torch.tensor([1, 2]), True), {}),
    ),
    Example(
        "bfloat16",
        lambda: (torch.index_fill, (torch.randn(3).bfloat16(), 0, torch.tensor([1]), 0.1), {}),
    ),
)

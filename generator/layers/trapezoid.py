"""y = Δ/2 Σ (f_i + f_{i+1}): the area under a line through points at one distance."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, total
from generator.formula.tree import Div, Expr, Num, Sym
from generator.layers.broadcasting import number
from generator.layers.dtypes import spelled
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_STEP = Sym("step", r"\Delta", "distance of neighbouring points", integer=False)


@explains(
    "torch.trapezoid",
    "torch.trapz",
    arguments="input, x=None, dx=1, dim=-1",
    title="Trapezoidal rule",
    search=("trapz", "numerical integration", "area under a curve"),
)
def trapezoid(call: Call) -> Formula:
    """The integral along the axis `dim` of a function that is linear between its points."""
    if set(call.tensors) != {"input"}:
        raise Refused(f"{spelled(call)} with points of their own is not explained")
    over = reduced(call)
    if over.x.integer or over.count < 2:
        raise Refused(f"{spelled(call)} of {over.values}: this is not explained")
    (place,) = over.gone
    axis = over.axes[place]
    following = tuple(a.at + 1 if a is axis else a.at for a in over.axes)
    pairs = total(axis.at.over(axis.length - 1), over.value + over.x[following])
    ends: Expr = bracket(axis.at > 0) + bracket(axis.at < axis.length - 1)
    step = number(call, "dx")
    return Formula(
        summary=f"{over.each} is the area under a line through {over.values}, {step:g} apart, "
        f"{over.over}.",
        forward=over.forward(Div(pairs * _STEP, Num(2))),
        gradients=over.gradients(Div(over.g, Num(2)) * _STEP * ends),
        settings={**over.settings, "step": step},
        axes=over.named,
        result="integral",
    )


def _trapezoid(shape: tuple[int, ...], **options: object) -> Example:
    return Example(
        f"trapezoid {shape}, {options}",
        lambda: (torch.trapezoid, (torch.randn(shape),), options),
    )


examples(
    _trapezoid((3, 4)),
    _trapezoid((3, 4, 2), dx=0.1),
    _trapezoid((3, 4, 2), dx=2, dim=0),
    _trapezoid((2,)),
    _trapezoid((3, 500), dx=0.3),
    Example("trapz", lambda: (torch.trapz, (torch.rand(3, 40),), {})),
    Example("of float16", lambda: (torch.trapezoid, (torch.rand(3, 9).half(),), {})),
)

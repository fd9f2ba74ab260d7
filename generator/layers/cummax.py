"""y_i = max x_k over k ≤ i, and where it stands: the running maximum, or minimum."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import argmax, argmin, bracket, equal, largest, smallest, total
from generator.formula.tree import Either, Expr, Num, Stage, Var
from generator.layers.extremes import WORDS, Kind
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.running import Running, running

_BACK = Var("b")
_LAST = Note(
    "The last of several counts",
    "Where several elements are equal, torch names the last one so far and sends it all of the "
    "gradient. The formula looks back from each element, and takes the first that it meets.",
)


@explains(
    "torch.cummax",
    "torch.Tensor.cummax",
    arguments="input, dim",
    title="Cumulative maximum",
    search=("running maximum", "prefix maximum", "scan"),
)
def cummax(call: Call) -> Formula:
    """The largest of all elements up to each one along the axis `dim`."""
    return _extreme(running(call), "max")


@explains(
    "torch.cummin",
    "torch.Tensor.cummin",
    arguments="input, dim",
    title="Cumulative minimum",
    search=("running minimum", "prefix minimum", "scan"),
)
def cummin(call: Call) -> Formula:
    """The smallest of all elements up to each one along the axis `dim`."""
    return _extreme(running(call), "min")


def _extreme(run: Running, kind: Kind) -> Formula:
    indices = run.result(1, "p", f"position of the {WORDS[kind]} element so far", "Indices")
    forward: Expr = run.value()
    gradient: Expr = run.g()
    stages: tuple[Stage, ...] = ()
    if run.axes:
        backwards = run.value(run.axis.at - _BACK)
        span = _BACK.over(run.axis.at + 1)
        forward = (largest if kind == "max" else smallest)(span, backwards)
        gradient, stages = _gradient(run, kind)
    where = run.forward(_position(run, kind), result=indices)
    return run.formula(
        f"the {WORDS[kind]} of all values",
        run.forward(forward),
        run.gradients(gradient, stages=stages),
        result=f"{kind} value",
        notes=(_LAST,),
        others=(Output("indices", where, _names(run)),),
        indices={"b": "how many elements back"},
    )


def _gradient(run: Running, kind: Kind) -> tuple[Expr, tuple[Stage, ...]]:
    """Σ g_k from i until another element is as large; 0 where an earlier one is larger."""
    k, i, length = run.other, run.axis.at, run.axis.length
    x, later = run.value(), run.value(k)
    beaten = later >= x if kind == "max" else later <= x
    meaning = "position of the next element that takes its place, or the end"
    following = smallest(k.over(length + 1, i + 1), k, Either((equal(k, length), beaten)))
    stage, n = run.stage("next", "m", meaning, following, integer=True)
    so_far = (largest if kind == "max" else smallest)(run.before, later)
    while_it_lasts = total(run.after, run.g(k), k < n[run.at])
    return while_it_lasts * bracket(equal(x, so_far)), (stage,)


def _position(run: Running, kind: Kind) -> Expr:
    """i minus how far back from i the first extreme is."""
    if not run.axes:
        return Num(0)
    back = (argmax if kind == "max" else argmin)(
        _BACK.over(run.axis.at + 1), run.value(run.axis.at - _BACK)
    )
    return run.axis.at - back


def _names(run: Running) -> tuple[str, ...]:
    return tuple(axis.name for axis in run.axes)


def _example(function: Callable[..., object], shape: tuple[int, ...], dim: int) -> Example:
    return Example(
        f"{function.__name__} {shape}, {dim}", lambda: (function, (torch.randn(shape), dim), {})
    )


def _tied(function: Callable[..., object]) -> Example:
    return Example(
        f"{function.__name__} of ties",
        lambda: (function, (torch.randint(0, 3, (4, 15)).float(), 1), {}),
    )


examples(
    _example(torch.cummax, (2, 3, 4), 0),
    _example(torch.cummax, (2, 3, 4), -2),
    _example(torch.cummax, (7,), 0),
    _example(torch.cummax, (), 0),
    _example(torch.cummax, (3, 1), 1),
    _example(torch.cummax, (0, 3), 0),
    _example(torch.cummax, (2, 60), 1),
    _example(torch.Tensor.cummin, (2, 9, 4), 1),
    _example(torch.cummin, (2, 60), 1),
    _tied(torch.cummax),
    _tied(torch.Tensor.cummax),
    _tied(torch.cummin),
    Example("of int64", lambda: (torch.cummax, (torch.randint(0, 9, (3, 20)), 1), {})),
    Example("of bool", lambda: (torch.cummin, (torch.rand(3, 20) > 0.2, 1), {})),
    Example("of float16", lambda: (torch.cummax, (torch.randn(3, 20).half(), 1), {})),
)

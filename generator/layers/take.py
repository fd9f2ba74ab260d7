"""y[k] = x at the position p[k], counted row by row: the input is read as one long list."""

from __future__ import annotations

from math import prod

import torch

from generator.formula.build import cases, equal, total
from generator.formula.tree import Equation, Expr, Read, Sym, Tensor
from generator.layers.addressing import place_axes
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, indices_at, input_of, output_of, position
from generator.layers.dtypes import refuse_unreal, spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_M = Sym("M", "M", "number of the input's elements")
_FLAT = Note(
    "Positions, not indices of an axis",
    "The input's axes do not matter: its values are counted row by row, the last index fastest.",
)


@explains(
    "torch.take",
    "torch.Tensor.take",
    arguments="input, index",
    title="Take",
    search=("flat indexing", "torch.take"),
)
def take(call: Call) -> Formula:
    """Elements at positions in the whole input, for positions in a tensor of any shape."""
    return taken(call, "index", ", one below 0 from the end")


def taken(call: Call, name: str, more: str = "") -> Formula:
    """The explanation for positions of that name; the output has their shape, or is one list."""
    refuse_unreal(call)
    pointing = call.tensors.get(name)
    if pointing is None or not pointing.integer:
        raise Refused(f"{spelled(call)}: expected a tensor of whole numbers as {name}")
    axes, places = dims(len(call.shape())), place_axes(len(call.output.shape))
    numbered = place_axes(len(pointing.shape), "q")
    listed = len(pointing.shape) != len(places)
    own = numbered if listed else places
    meaning = "which position of the input is read"
    p = Tensor(name, "p", lengths(own), meaning, integer=True, label="Positions")
    here = p[indices_at(own, places[0].at) if listed else at(own)] % _M
    x = input_of(axes, integer=call.output.integer)
    y = output_of(places, integer=call.output.integer)
    count = prod(call.shape())
    return Formula(
        summary="Each output is the input's value at a position, counted row by row over all of "
        f"its {count} values{more}.",
        forward=Equation(y, at(places), x[indices_at(axes, here)], (x, p)),
        gradients={} if x.integer else {"input": _gradient(x, y, p, axes, places, here)},
        settings={
            **settings(axes, call.shape()),
            **settings(own, pointing.shape),
            **settings(places, call.output.shape),
            "M": count,
        },
        axes={"input": names(axes), "output": names(places), name: names(own)},
        notes=(_FLAT,) if len(axes) > 1 else (),
        indices={a.at.name: "place in the positions" for a in places},
    )


def _gradient(
    x: Tensor,
    y: Tensor,
    p: Tensor,
    axes: tuple[Axis, ...],
    places: tuple[Axis, ...],
    here: Expr,
) -> Equation:
    """What all places that read the element send back."""
    g = upstream(y)
    read: Read = g[at(places)]
    hit = equal(here, position(axes))
    spans = [a.span for a in places]
    body = total(spans, read, hit) if spans else cases((hit, read), otherwise=0)
    return Equation(gradient_of(x), at(axes), body, (g, p))


def _take(shape: tuple[int, ...], *places: int) -> Example:
    def positions() -> torch.Tensor:
        count = prod(shape)
        return torch.randint(-count, count, places)

    return Example(
        f"take {shape}, {places}",
        lambda: (torch.take, (torch.randn(shape), positions()), {}),
    )


examples(
    _take((5,), 3),
    _take((3, 4), 5),
    _take((3, 4), 2, 3),
    _take((2, 3, 4), 2, 1, 9),
    _take((2, 3, 4)),
    _take((2, 3, 4), 0),
    _take(()),
    _take((), 3),
    _take((2,), 40),
    Example(
        "whole numbers",
        lambda: (torch.Tensor.take, (torch.arange(6).reshape(2, 3), torch.tensor([-1, 4])), {}),
    ),
    Example(
        "float16", lambda: (torch.take, (torch.randn(2, 3).half(), torch.randint(6, (40,))), {})
    ),
)

"""y = x where x > 0, otherwise a_c x: ReLU with slopes that are learned (He et al., 2015)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, total
from generator.formula.tree import Equation, Expr, Num, Tensor, Var
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import Axes, axes, real
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_AT_ZERO = Note(
    "No slope at zero",
    r"At \(x = 0\) the slope jumps from \(a\) to 1 and has no value; torch takes \(a\) there.",
)
_DECAY = Note(
    "Without weight decay",
    "Weight decay on the slopes would drive them to 0, where PReLU is an ordinary ReLU.",
)


@explains(
    "torch.nn.PReLU",
    "torch.nn.functional.prelu",
    "torch.prelu",
    "torch.Tensor.prelu",
    arguments="input, weight",
    title="PReLU",
    search=("parametric ReLU", "rectifier", "activation", "nn.PReLU", "F.prelu"),
)
def prelu(call: Call) -> Formula:
    """The rectifier with a learned slope below zero, one for all or one for each channel."""
    real(call, "input", "weight")
    refuse_types(call)
    shape, found = call.shape(), axes(call.shape())
    place = min(1, len(shape) - 1)
    weight = call.shape("weight")
    channels = len(shape) > 0 and weight == (shape[place],) and weight != (1,)
    if not channels and weight not in ((), (1,)):
        raise Refused(f"{spelled(call)}: a weight of shape {list(weight)} is not explained")
    sizes = (found.sizes[place],) if channels else tuple(Num(1) for _ in weight)
    of = "channel" if channels else "value"
    a = Tensor("weight", "a", sizes, "slope for negative values", "parameter", label="Slopes")
    x = Tensor("input", "x", found.sizes, "input of the layer", label="Input")
    y = Tensor("output", "y", found.sizes, "output of the layer", "result")
    at = (found.indices[place],) if channels else tuple(Num(0) for _ in weight)
    slope, value = a[at], x[found.indices]
    return Formula(
        summary="Each positive input passes unchanged; each negative one is multiplied by "
        f"{'the slope of its channel' if channels else 'a slope'}, which is learned.",
        forward=Equation(
            y, found.indices, cases((value > 0, value), otherwise=slope * value), (x, a)
        ),
        gradients={
            "input": _by_input(found, x, y, a, slope),
            "weight": _by_weight(found, x, y, a, place if channels else None),
        },
        settings=found.settings,
        axes={
            **dict.fromkeys(("input", "output"), found.names),
            "weight": (found.names[place],) if channels else tuple("slope" for _ in weight),
        },
        notes=(_AT_ZERO, _DECAY),
        indices={} if not channels else {found.indices[place].name: of},
    )


def _by_input(found: Axes, x: Tensor, y: Tensor, a: Tensor, slope: Expr) -> Equation:
    g = upstream(y)
    at = found.indices
    body = cases((x[at] > 0, g[at]), otherwise=slope * g[at])
    return Equation(gradient_of(x), at, body, (g, x, a))


def _by_weight(found: Axes, x: Tensor, y: Tensor, a: Tensor, place: int | None) -> Equation:
    """Σ g x over all elements with the slope that are not positive."""
    g = upstream(y)
    at = found.indices
    spans = [
        v.over(n)
        for k, (v, n) in enumerate(zip(at, found.sizes, strict=True))
        if place is None or k != place
    ]
    terms = cases((x[at] > 0, 0), otherwise=g[at] * x[at])
    own = tuple(Var("k") for _ in a.sizes) if place is None else (at[place],)
    return Equation(gradient_of(a), own, total(spans, terms) if spans else terms, (g, x))


def _module(parameters: int, *shape: int) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        x = torch.randn(shape)
        if x.numel():
            x.view(-1)[0] = 0.0
        return nn.PReLU(parameters, init=0.3), (x,), {}

    return Example(f"PReLU({parameters}) of {shape}", run)


examples(
    _module(1, 5),
    _module(1, 2, 3),
    _module(3, 2, 3),
    _module(3, 2, 3, 4),
    _module(3, 2, 3, 4, 4),
    _module(2, 1, 2, 2, 3, 2),
    _module(1, 2, 3, 4, 4),
    _module(1, 2, 1, 4),
    _module(1),
    _module(8, 20, 8, 30),
    _module(3, 0, 3),
    Example("F.prelu", lambda: (F.prelu, (torch.randn(2, 3), torch.randn(3)), {})),
    Example("a scalar slope", lambda: (F.prelu, (torch.randn(2, 3), torch.tensor(0.2)), {})),
    Example("torch.prelu", lambda: (torch.prelu, (torch.randn(4), torch.randn(1)), {})),
    Example("Tensor.prelu", lambda: (torch.Tensor.prelu, (torch.randn(2, 3), torch.ones(1)), {})),
)

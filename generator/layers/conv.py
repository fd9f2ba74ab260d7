"""y[n, o, h, w] = Σ x[n, c, s·h - p + d·i, s·w - p + d·j] W[o, c, i, j] + b[o]: convolution."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, equal, every, larger, smaller, total
from generator.formula.tree import (
    Cond,
    Equation,
    Expr,
    Mod,
    Outside,
    Range,
    Stage,
    Sym,
    Tensor,
    Var,
    When,
)
from generator.layers.conv_setup import Setup, setup_of
from generator.layers.conv_words import BEYOND, notes, summary
from generator.layers.registry import Call, Example, Formula, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.windows import meanings

N = Sym("N", "N", "batch size")
C = Sym("C", "C", "channels of the input")
O = Sym("O", "O", "channels of the output, one for each filter")  # noqa: E741
C_g = Sym("C_g", "C_g", "input channels of a group; all of them where there is one group")
O_g = Sym("O_g", "O_g", "output channels of a group; all of them where there is one group")
n, c, o = Var("n"), Var("c"), Var("o")
_PADDED = (Var("a"), Var("e"), Var("q"))
"""Positions of the padded input."""

_OUTSIDE = {
    "zeros": Outside("constant", 0.0),
    "reflect": Outside("reflect"),
    "replicate": Outside("replicate"),
    "circular": Outside("circular"),
}
_BIAS = Tensor("bias", "b", (O,), "bias, one for each filter", "parameter", label="Bias")


def conv(call: Call) -> Formula:
    """Convolution over one to three spatial axes, padded by any of torch's rules."""
    setup = setup_of(call)
    forward = _forward(setup)
    given = _gradients(setup, forward.result)
    return Formula(
        summary=summary(setup),
        forward=forward,
        gradients={name: g for name, g in given.items() if name in call.tensors},
        settings=setup.settings,
        axes=_axes(setup),
        sizes=tuple(
            Size(a.name, a.count.latex, a.windows(symmetric=w.before == w.after))
            for a, w in zip(setup.axes, setup.windows, strict=True)
        ),
        multiply_adds=math.prod((*call.output.shape, *call.shape("weight")[1:])),
        notes=notes(setup),
        indices=_indices(setup),
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.Conv{_rank}d",
        f"torch.nn.functional.conv{_rank}d",
        f"torch.conv{_rank}d",
        arguments="input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, "
        "padding_mode='zeros'",
        title=f"Convolution, {_rank}d",
        search=("convolution", "cross-correlation", f"nn.Conv{_rank}d", f"F.conv{_rank}d"),
    )(conv)


def _input(setup: Setup) -> Tensor:
    lengths = (C, *(a.length for a in setup.axes))
    return Tensor(
        "input",
        "x",
        (N, *lengths) if setup.lead else lengths,
        "input of the layer" + (f", {BEYOND[setup.mode]}" if setup.padded else ""),
        outside=_OUTSIDE[setup.mode] if setup.padded else None,
        label="Input Receptive Field",
    )


def _weight(setup: Setup) -> Tensor:
    return Tensor(
        "weight",
        "W",
        (O, C_g, *(a.extent for a in setup.axes)),
        "weights of the filters",
        "parameter",
        label="Filter Weights",
    )


def _output(setup: Setup) -> Tensor:
    lengths = (O, *(a.count for a in setup.axes))
    shape = (N, *lengths) if setup.lead else lengths
    return Tensor("output", "y", shape, "output of the layer", "result")


def _forward(setup: Setup) -> Equation:
    x, W, y = _input(setup), _weight(setup), _output(setup)
    at, offsets = tuple(a.at for a in setup.axes), tuple(a.offset for a in setup.axes)
    spans = (c.over(C_g), *(a.offset.over(a.extent) for a in setup.axes))
    product = _field(setup, x) * W[o, c, *offsets]
    # kernels start their running sum with the bias, textbooks end with it
    first = every(*(equal(index, 0) for index in (c, *offsets)))
    from_bias = total(spans, cases((first, _BIAS[o] + product), otherwise=product))
    return Equation(
        y,
        (*setup.lead, o, *at),
        total(spans, product) + When("bias", _BIAS[o]),
        (x, W, _BIAS),
        arithmetic=from_bias if setup.bias else None,
    )


def _field(setup: Setup, x: Tensor) -> Expr:
    """What the weight (o, c, i, j) meets: channel c of the group that o belongs to."""
    # one channel for each group has the group's number and no c
    channel = C_g * (o // O_g) + When("mixed", c)
    return x[*setup.lead, channel, *(a.read for a in setup.axes)]


def _gradients(setup: Setup, y: Tensor) -> dict[str, Equation]:
    x, W, g = _input(setup), _weight(setup), upstream(y)
    offsets = tuple(a.offset for a in setup.axes)
    spans = [v.over(N) for v in setup.lead] + [a.at.over(a.count) for a in setup.axes]
    here = g[*setup.lead, o, *(a.at for a in setup.axes)]
    product = here * _field(setup, x)
    return {
        "input": _input_gradient(setup, x, W, g),
        "weight": Equation(gradient_of(W), (o, c, *offsets), total(spans, product), (g, x)),
        "bias": Equation(gradient_of(_BIAS), (o,), total(spans, here), (g,)),
    }


def _input_gradient(setup: Setup, x: Tensor, W: Tensor, g: Tensor) -> Equation:
    source = tuple(a.source for a in setup.axes)
    m, _ = _counted_over_all(setup)
    indices = (*setup.lead, m, *source)
    if not setup.copies:
        positions = tuple(a.source + a.padding for a in setup.axes)
        return Equation(gradient_of(x), indices, _received(setup, W, g, positions), (g, W))
    # each element collects what its copies in the padded input received
    stage = _padded_gradient(setup, W, g)
    spans: list[Range] = []
    copies: list[Cond] = []
    read: list[Expr] = list(source)
    lengths = stage.tensor.sizes[-len(source) :]
    for k, (axis, window) in enumerate(zip(setup.axes, setup.windows, strict=True)):
        if window.before + window.after > 0:
            read[k] = _PADDED[k]
            spans.append(_PADDED[k].over(lengths[k]))
            position = _PADDED[k] - axis.padding
            copies.append(equal(_origin(setup.mode, position, axis.length), axis.source))
    body = total(spans, stage.tensor[*setup.lead, m, *read], every(*copies))
    return Equation(gradient_of(x), indices, body, (g, W), (stage,))


def _padded_gradient(setup: Setup, W: Tensor, g: Tensor) -> Stage:
    lengths = (C, *(a.length + a.padding + a.after for a in setup.axes))
    tensor = Tensor(
        "padded_gradient",
        r"\frac{\partial L}{\partial \tilde{x}_{#}}",
        (N, *lengths) if setup.lead else lengths,
        "derivative of the loss with respect to the padded input",
        "stage",
    )
    positions = _PADDED[: len(setup.axes)]
    m, _ = _counted_over_all(setup)
    return Stage(tensor, (*setup.lead, m, *positions), _received(setup, W, g, positions))


def _received(setup: Setup, W: Tensor, g: Tensor, positions: tuple[Expr, ...]) -> Expr:
    """What a position of the padded input gets back from all windows that cover it."""
    pairs = list(zip(setup.axes, positions, strict=True))
    covered = every(*chain.from_iterable(a.covers(p) for a, p in pairs))
    m, f = _counted_over_all(setup)
    filters = O_g * (m // C_g) + f
    offsets = tuple(a.offset for a in setup.axes)
    above = g[*setup.lead, filters, *(a.window(p) for a, p in pairs)]
    spans = (f.over(O_g), *(a.offset.over(a.extent) for a in setup.axes))
    return total(spans, above * W[filters, Mod(m, C_g), *offsets], covered)


def _counted_over_all(setup: Setup) -> tuple[Var, Var]:
    """A channel of the whole input, and a filter of its group, where one looks from the input.

    With one group these are what c and o count on the way forward.
    """
    return (c, o) if setup.groups == 1 else (Var("m"), Var("f"))


def _origin(mode: str, position: Expr, length: Expr) -> Expr:
    """The input position that a position beyond the edges copies."""
    if mode == "circular":
        return Mod(position, length)
    if mode == "replicate":
        return smaller(larger(position, 0), length - 1)
    last = length - 1
    return last - apply("abs", last - apply("abs", position))


def _indices(setup: Setup) -> dict[str, str]:
    padded = zip(_PADDED, setup.axes, strict=False)
    found = {
        **{v.name: f"{a.cell} of the padded input" for v, a in padded if setup.copies},
        **meanings(setup.axes),
        "c": "input channel",
        "o": "output channel",
    }
    if setup.groups == 1:
        return found
    return {
        **found,
        "c": "input channel, counted within its group",
        "m": "input channel, counted over all groups",
        "f": "output channel, counted within its group",
    }


def _axes(setup: Setup) -> dict[str, tuple[str, ...]]:
    batch = ("batch",) if setup.lead else ()
    names = tuple(a.name for a in setup.axes)
    channel = "channel of the group" if setup.groups > 1 else "input channel"
    return {
        "input": (*batch, "channel", *names),
        "weight": ("output channel", channel, *(f"kernel {a.cell}" for a in setup.axes)),
        "bias": ("output channel",),
        "output": (*batch, "channel", *names),
    }


def _module(rank: int, *args: object, input: tuple[int, ...], **options: object) -> Example:  # noqa: A002
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        layer = getattr(nn, f"Conv{rank}d")(*args, **options)
        return layer, (torch.randn(input),), {}

    given = "".join(f", {k}={v!r}" for k, v in options.items())
    return Example(f"Conv{rank}d({', '.join(map(str, args))}{given}) on {input}", run)


def _function(
    function: Callable[..., object],
    input: tuple[int, ...],  # noqa: A002
    weight: tuple[int, ...],
    *,
    bias: float | None = None,
    **options: object,
) -> Example:
    """`bias` is the size of the random biases."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        tensors = [torch.randn(input), torch.randn(weight)]
        if bias is not None:
            tensors.append(bias * torch.randn(weight[0]))
        return function, tuple(tensors), dict(options)

    given = "".join(f", {k}={v!r}" for k, v in options.items())
    return Example(f"{function.__name__} {input} by {weight}, bias {bias}{given}", run)


examples(
    _module(2, 1, 2, 3, padding=1, input=(1, 1, 8, 8)),
    _module(2, 4, 2, 1, input=(1, 4, 2, 2)),
    _module(2, 2, 2, 2, input=(1, 2, 2, 2)),
    _module(2, 3, 4, (3, 2), input=(2, 3, 7, 6), stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
    _module(2, 3, 4, 3, input=(3, 8, 8), stride=3, bias=False),
    _module(2, 2, 2, 1, input=(2, 2, 5, 4), stride=2),
    _module(2, 4, 6, 3, input=(1, 4, 5, 5), groups=2, padding=1, stride=2),
    _module(2, 3, 3, 3, input=(1, 3, 5, 5), groups=3, padding=1),
    _module(2, 3, 6, (1, 2), input=(2, 3, 4, 4), groups=3),
    _module(2, 4, 2, 2, input=(2, 4, 3, 3), groups=2),
    _module(2, 2, 3, (2, 4), input=(1, 2, 5, 5), padding="same", dilation=(3, 1)),
    _module(2, 1, 1, 3, input=(1, 1, 4, 4), padding="valid", bias=False),
    _module(2, 2, 2, 3, input=(1, 2, 4, 5), padding=(2, 1), padding_mode="reflect"),
    _module(2, 2, 2, 3, input=(1, 2, 4, 4), padding=3, padding_mode="replicate", stride=2),
    _module(2, 2, 2, 3, input=(1, 2, 3, 4), padding=(3, 2), padding_mode="circular"),
    _module(2, 4, 2, 2, input=(4, 3, 3), padding="same", padding_mode="circular", groups=2),
    _module(2, 1, 1, 3, input=(1, 1, 4, 4), padding=(1, 0), padding_mode="reflect"),
    _module(2, 2, 1, 3, input=(1, 2, 4, 4), padding_mode="replicate", stride=2),
    _module(2, 1, 2, 1, input=(1, 1, 3, 3), padding=2),
    _module(2, 32, 16, 3, input=(1, 32, 8, 8), padding=1),
    _module(1, 2, 3, 3, input=(2, 2, 8), stride=2, padding=1),
    _module(1, 2, 2, 4, input=(2, 7), padding="same"),
    _module(1, 2, 2, 2, input=(1, 2, 4), padding="same", padding_mode="reflect", dilation=3),
    _module(1, 4, 4, 3, input=(3, 4, 6), padding=2, padding_mode="replicate", groups=4),
    _module(1, 1, 1, 1, input=(1, 1, 1)),
    _module(3, 2, 2, 2, input=(1, 2, 3, 4, 3), stride=(1, 2, 1), padding=(0, 1, 1)),
    _module(3, 2, 4, (1, 2, 3), input=(2, 3, 4, 5), groups=2, padding="same", bias=False),
    _module(3, 1, 1, 2, input=(1, 1, 2, 3, 3), padding=1, padding_mode="circular"),
    _function(F.conv2d, (1, 2, 5, 5), (3, 2, 3, 3), bias=1, stride=[2], padding=(1,)),
    _function(F.conv2d, (8, 3, 10, 10), (4, 3, 5, 5), bias=1000.0, padding="same"),
    _function(torch.conv1d, (2, 9), (3, 2, 3), bias=None, dilation=2, padding="valid"),
    _function(torch.conv1d, (2, 64, 20), (3, 64, 3), bias=1000.0),
    _function(F.conv3d, (1, 2, 3, 3, 3), (2, 1, 2, 2, 2), groups=2, padding=1),
)

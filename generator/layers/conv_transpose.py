"""y[n, o, h, w] = Σ x[n, c, u, v] W[c, o, i, j] + b[o], over all s·u - p + d·i = h, and w alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, equal, every, total, within
from generator.formula.tree import Cond, Equation, Expr, Mod, Sym, Tensor, Var, When
from generator.layers.conv_transpose_setup import Transposed, setup_of
from generator.layers.conv_transpose_words import notes, summary
from generator.layers.registry import Call, Example, Formula, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream

N = Sym("N", "N", "batch size")
C = Sym("C", "C", "channels of the input")
O = Sym("O", "O", "channels of the output")  # noqa: E741
C_g = Sym("C_g", "C_g", "input channels of a group; all of them where there is one group")
O_g = Sym("O_g", "O_g", "output channels of a group; all of them where there is one group")
c, o = Var("c"), Var("o")
_BIAS = Tensor("bias", "b", (O,), "bias, one for each output channel", "parameter", label="Bias")


def conv_transpose(call: Call) -> Formula:
    """Transposed convolution over one to three spatial axes."""
    setup = setup_of(call)
    gradients = _gradients(setup)
    channel = "output channel of the group" if setup.groups > 1 else "output channel"
    return Formula(
        summary=summary(setup),
        forward=_forward(setup),
        gradients={name: g for name, g in gradients.items() if name in call.tensors},
        settings=setup.settings,
        axes={
            **dict.fromkeys(("input", "output"), setup.names),
            "weight": ("input channel", channel, *(f"kernel {a.cell}" for a in setup.axes)),
            "bias": ("output channel",),
        },
        sizes=tuple(
            Size(a.name, a.length.latex, setup.length(k)) for k, a in enumerate(setup.axes)
        ),
        multiply_adds=math.prod((*call.shape(), *call.shape("weight")[1:])),
        notes=notes(setup),
        indices=_indices(setup),
    )


for _rank in (1, 2, 3):
    explains(
        f"torch.nn.ConvTranspose{_rank}d",
        f"torch.nn.functional.conv_transpose{_rank}d",
        f"torch.conv_transpose{_rank}d",
        arguments="input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, "
        "dilation=1, padding_mode='zeros', output_size=None",
        title=f"Transposed convolution, {_rank}d",
        search=(
            "deconvolution",
            "fractionally strided convolution",
            "upsampling",
            f"nn.ConvTranspose{_rank}d",
            f"F.conv_transpose{_rank}d",
        ),
    )(conv_transpose)


def _input(setup: Transposed) -> Tensor:
    lengths = (*(N for _ in setup.lead), C, *(a.count for a in setup.axes))
    return Tensor("input", "x", lengths, "input of the layer", label="Input")


def _weight(setup: Transposed) -> Tensor:
    sizes = (C, O_g, *(a.extent for a in setup.axes))
    return Tensor("weight", "W", sizes, "weights", "parameter", label="Weights")


def _output(setup: Transposed) -> Tensor:
    lengths = (*(N for _ in setup.lead), O, *(a.length for a in setup.axes))
    return Tensor("output", "y", lengths, "output of the layer", "result")


def _forward(setup: Transposed) -> Equation:
    """Each output collects the products that fall on it: there is one where the stride divides."""
    x, W, y = _input(setup), _weight(setup), _output(setup)
    offsets = tuple(a.offset for a in setup.axes)
    channel = C_g * (o // O_g) + c
    spans = (c.over(C_g), *(a.offset.over(a.extent) for a in setup.axes))
    covered = every(*chain.from_iterable(a.covers() for a in setup.axes))
    above = x[*setup.lead, channel, *(a.window() for a in setup.axes)]
    product = above * W[channel, Mod(o, O_g), *offsets]
    return Equation(
        y,
        (*setup.lead, o, *(a.source for a in setup.axes)),
        total(spans, product, covered) + When("bias", _BIAS[o]),
        (x, W, _BIAS),
        arithmetic=total(spans, _from_bias(product, covered, offsets)) if setup.bias else None,
    )


def _from_bias(product: Expr, covered: Cond, offsets: tuple[Var, ...]) -> Expr:
    """The terms of a running sum that starts with the bias, as kernels may have it."""
    first = every(*(equal(index, 0) for index in (c, *offsets)))
    return cases(
        (every(first, covered), _BIAS[o] + product),
        (first, _BIAS[o]),
        (covered, product),
        otherwise=0,
    )


def _gradients(setup: Transposed) -> dict[str, Equation]:
    """Those of a convolution, with its input gradient and its output exchanged."""
    x, W, g = _input(setup), _weight(setup), upstream(_output(setup))
    at, offsets = tuple(a.at for a in setup.axes), tuple(a.offset for a in setup.axes)
    # a channel of the whole input, and an output channel of its group
    m, f = (c, o) if setup.groups == 1 else (Var("m"), Var("f"))
    filters = O_g * (m // C_g) + f
    inside = every(*(within(a.read, a.length) for a in setup.axes))
    here = g[*setup.lead, filters, *(a.read for a in setup.axes)]
    samples = [v.over(N) for v in setup.lead]
    return {
        "input": Equation(
            gradient_of(x),
            (*setup.lead, m, *at),
            total(
                (f.over(O_g), *(a.offset.over(a.extent) for a in setup.axes)),
                here * W[m, f, *offsets],
                inside,
            ),
            (g, W),
        ),
        "weight": Equation(
            gradient_of(W),
            (m, f, *offsets),
            total(
                (*samples, *(a.at.over(a.count) for a in setup.axes)),
                here * x[*setup.lead, m, *at],
                inside,
            ),
            (g, x),
        ),
        "bias": Equation(
            gradient_of(_BIAS),
            (o,),
            total(
                (*samples, *(a.source.over(a.length) for a in setup.axes)),
                g[*setup.lead, o, *(a.source for a in setup.axes)],
            ),
            (g,),
        ),
    }


def _indices(setup: Transposed) -> dict[str, str]:
    counted = "" if setup.groups == 1 else ", counted within its group"
    over_all = {} if setup.groups == 1 else {"m": "input channel, counted over all groups"}
    return {
        **{a.source.name: f"{a.cell} of the output" for a in setup.axes},
        **{a.at.name: f"{a.cell} of the input" for a in setup.axes},
        **{a.offset.name: f"{a.cell} of the window" for a in setup.axes},
        "c": f"input channel{counted}",
        "o": "output channel",
        "f": f"output channel{counted}",
        **over_all,
    }


def _module(
    rank: int,
    *args: object,
    input: tuple[int, ...],  # noqa: A002
    dtype: torch.dtype = torch.float32,
    size: list[int] | None = None,
    **options: object,
) -> Example:
    """`size` is the output_size that the call asks for."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        layer = getattr(nn, f"ConvTranspose{rank}d")(*args, **options, dtype=dtype)
        asked = () if size is None else (size,)
        return layer, (torch.randn(input).to(dtype), *asked), {}

    given = "".join(f", {k}={v!r}" for k, v in options.items())
    name = f"ConvTranspose{rank}d({', '.join(map(str, args))}{given}) on {input}"
    return Example(f"{name}, {dtype}, size {size}", run)


def _function(
    function: Callable[..., object],
    input: tuple[int, ...],  # noqa: A002
    weight: tuple[int, ...],
    *,
    bias: float | None = None,
    **options: Any,
) -> Example:
    """`bias` is the size of the random biases."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        tensors = [torch.randn(input), torch.randn(weight)]
        if bias is not None:
            tensors.append(bias * torch.randn(weight[1] * options.get("groups", 1)))
        return function, tuple(tensors), dict(options)

    given = "".join(f", {k}={v!r}" for k, v in options.items())
    return Example(f"{function.__name__} {input} by {weight}, bias {bias}{given}", run)


examples(
    _module(2, 2, 3, 3, input=(1, 2, 4, 4)),
    _module(2, 2, 3, 2, input=(2, 2, 3, 4), stride=2),
    _module(2, 2, 3, 3, input=(1, 2, 3, 4), stride=2, padding=1, output_padding=1),
    _module(2, 4, 2, (3, 2), input=(1, 4, 3, 3), stride=(2, 3), padding=(1, 0), dilation=(2, 1)),
    _module(2, 4, 6, 3, input=(1, 4, 3, 3), groups=2, stride=2),
    _module(2, 3, 3, 3, input=(1, 3, 3, 3), groups=3, padding=1),
    _module(2, 3, 6, 2, input=(3, 3, 3), groups=3, stride=2, bias=False),
    _module(2, 2, 2, 1, input=(1, 2, 3, 3), stride=2),
    _module(2, 1, 1, 2, input=(1, 1, 2, 2), stride=3),
    _module(2, 2, 2, 3, input=(1, 2, 3, 3), stride=2, padding=1, size=[6, 5]),
    _module(2, 1, 2, 3, input=(1, 1, 4, 4), padding=3, dilation=2),
    _module(2, 16, 8, 4, input=(2, 16, 6, 6), stride=2, padding=1),
    _module(1, 2, 3, 4, input=(2, 2, 5), stride=2, padding=1),
    _module(1, 2, 2, 3, input=(2, 5), dilation=2, bias=False),
    _module(1, 1, 1, 1, input=(1, 1, 1)),
    _module(3, 2, 2, 2, input=(1, 2, 2, 3, 2), stride=(1, 2, 1), padding=(0, 1, 0)),
    _module(3, 2, 4, 2, input=(1, 2, 2, 2, 2), groups=2, stride=2),
    _module(2, 2, 3, 3, input=(1, 2, 4, 4), stride=2, dtype=torch.float64),
    _module(2, 2, 3, 3, input=(1, 2, 4, 4), stride=2, dtype=torch.float16),
    _module(2, 8, 3, 3, input=(1, 8, 4, 4), stride=2, dtype=torch.bfloat16),
    _function(F.conv_transpose2d, (2, 8, 6, 6), (8, 4, 3, 3), bias=1000.0, stride=2, padding=1),
    _function(F.conv_transpose1d, (2, 3, 4), (3, 2, 3), bias=1.0, groups=3, stride=2),
    _function(F.conv_transpose3d, (1, 2, 2, 2, 2), (2, 1, 2, 2, 2), groups=2),
    _function(torch.conv_transpose2d, (2, 3, 3), (2, 2, 2, 2), output_padding=1, stride=2),
)

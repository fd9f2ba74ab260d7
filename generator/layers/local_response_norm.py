"""y_c = x_c / (k + α/m Σ x²)^β, the sum over m neighbouring channels (Krizhevsky et al., 2012)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import larger, smaller, total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Range, Stage, Sym, Tensor, Var
from generator.layers import moments
from generator.layers.axes import Axis, at, channel_axes, lengths, names, settings
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_SIZE = Sym("size", "m", "number of neighbouring channels")
_ALPHA = Sym("alpha", r"\alpha", "how much the neighbours count", integer=False)
_BETA = Sym("beta", r"\beta", "exponent", integer=False)
_K = Sym("k", "k", "what is added to the sum", integer=False)
_EDGES = Note(
    "Channels at the edges",
    "There the window has fewer channels, but the sum is divided by its whole size as everywhere.",
)


@explains(
    "torch.nn.LocalResponseNorm",
    "torch.nn.functional.local_response_norm",
    arguments="input, size, alpha=0.0001, beta=0.75, k=1.0",
    title="Local response normalisation",
    search=("LRN", "AlexNet", "lateral inhibition", "nn.LocalResponseNorm"),
)
def local_response_norm(call: Call) -> Formula:
    """Each value divided by a measure of the same position in the channels around it."""
    real(call, "input")
    refuse_types(call)
    size, shape = call.options["size"], call.shape()
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise Refused(f"{spelled(call)}(size={size!r}) is not explained")
    window = _Window(channel_axes(len(shape)))
    reach = min(size, shape[1])
    return Formula(
        summary=f"Each value is divided by a power of a sum of squares over up to {reach} "
        f"channels around it (exponent {plain_number(moments.number(call, 'beta'))}).",
        forward=window.forward(),
        gradients={"input": window.gradient()},
        settings={
            **settings(window.axes, shape),
            "size": size,
            **{name: moments.number(call, name) for name in ("alpha", "beta", "k")},
        },
        axes=dict.fromkeys(("input", "output"), names(window.axes)),
        multiply_adds=math.prod(shape) // max(shape[1], 1) * _pairs(shape[1], size),
        notes=(_EDGES,) if size > 1 else (),
        indices={"j": "neighbouring channel"},
    )


def _pairs(channels: int, size: int) -> int:
    """How many squares all windows along the channels have together."""
    before, after = size // 2, (size - 1) // 2
    return sum(min(c + after, channels - 1) - max(c - before, 0) + 1 for c in range(channels))


@dataclass(frozen=True)
class _Window:
    """The tensors of one call."""

    axes: tuple[Axis, ...]
    j = Var("j")

    @property
    def channel(self) -> Axis:
        return self.axes[1]

    @property
    def x(self) -> Tensor:
        return Tensor("input", "x", lengths(self.axes), "input of the layer", label="Input")

    @property
    def y(self) -> Tensor:
        return Tensor("output", "y", lengths(self.axes), "output of the layer", "result")

    def _beside(self, index: Expr) -> tuple[Expr, ...]:
        """The indices of the same position in another channel."""
        own = at(self.axes)
        return (own[0], index, *own[2:])

    def _neighbours(self, before: Expr, after: Expr) -> Range:
        c, C = self.channel.at, self.channel.length
        return self.j.over(smaller(C, c + after + 1), larger(0, c - before))

    @property
    def divisor(self) -> Stage:
        """Z = k + α/m Σ x²."""
        span = self._neighbours(_SIZE // 2, (_SIZE - 1) // 2)
        squares = total(span, self.x[self._beside(self.j)] ** 2)
        tensor = Tensor("divisor", "Z", lengths(self.axes), "sum over the channels around", "stage")
        return Stage(tensor, at(self.axes), _K + _ALPHA * (squares / _SIZE))

    def forward(self) -> Equation:
        x, D = self.x[at(self.axes)], self.divisor
        return Equation(
            self.y, at(self.axes), x / D.tensor[at(self.axes)] ** _BETA, (self.x,), (D,)
        )

    def gradient(self) -> Equation:
        """∂L/∂x_c = g_c / Z_c^β - 2αβ/m · x_c Σ g_j x_j / Z_j^(β+1), over all j that read c."""
        i, beside, D = at(self.axes), self._beside(self.j), self.divisor
        g, x, d = upstream(self.y), self.x, D.tensor
        # the windows that have this channel reach as far the other way
        span = self._neighbours((_SIZE - 1) // 2, _SIZE // 2)
        sent = g[beside] * x[beside] / d[beside] ** (_BETA + 1)
        factor = 2 * _ALPHA * _BETA / _SIZE
        # torch divides by D^β twice and multiplies with D^(β-1)
        power = d[beside] ** _BETA
        order = (
            g[beside] * (x[beside] / power / power) * (_BETA * d[beside] ** (_BETA - 1)) * _ALPHA
        )
        return Equation(
            gradient_of(x),
            i,
            g[i] / d[i] ** _BETA - factor * x[i] * total(span, sent),
            (g, x),
            (D,),
            arithmetic=g[i] / d[i] ** _BETA - 2 * x[i] * total(span, order / _SIZE),
        )


def _module(*args: object, shape: tuple[int, ...], scale: float = 1.0) -> Example:
    return Example(
        f"LocalResponseNorm{args} of {shape}, {scale:g}",
        lambda: (nn.LocalResponseNorm(*args), (scale * torch.randn(shape),), {}),  # type: ignore[arg-type]
    )


def _in(dtype: torch.dtype) -> Example:
    return Example(
        f"in {dtype}",
        lambda: (nn.LocalResponseNorm(3, 0.1), (torch.randn(2, 5, 3).to(dtype),), {}),
    )


examples(
    _module(5, shape=(2, 6, 3, 3)),
    _module(2, shape=(2, 6, 3, 3)),
    _module(1, shape=(2, 3, 4)),
    _module(9, shape=(2, 4, 5)),
    _module(5, 1e-4, 0.75, 2.0, shape=(1, 16, 8, 8), scale=30.0),
    _module(4, 0.5, 0.5, 0.1, shape=(2, 5, 2, 3, 2)),
    _module(3, 0.3, 1.5, 1.0, shape=(2, 5, 3, 3), scale=10.0),
    _in(torch.float64),
    _in(torch.float16),
    _in(torch.bfloat16),
    Example(
        "F.local_response_norm",
        lambda: (F.local_response_norm, (torch.randn(2, 4, 3), 3, 0.1), {}),
    ),
)

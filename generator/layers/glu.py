"""y[k] = x[k] σ(x[k + M]): one half of an axis gates the other (Dauphin et al., 2017)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Equation, Expr, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains
from generator.layers.silu import without_overflow
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.nn.GLU",
    "torch.nn.functional.glu",
    "torch._C._nn.glu",
    arguments="input, dim=-1",
    title="Gated linear unit",
    search=("GLU", "gate", "activation", "nn.GLU", "F.glu"),
)
def glu(call: Call) -> Formula:
    """The gated linear unit along one axis."""
    real(call, "input")
    refuse_types(call)
    shape, dim = call.shape(), call.options["dim"]
    if not isinstance(dim, int) or not shape:
        raise Refused(f"{spelled(call)}(dim={dim!r}): this configuration is not explained")
    halves = _Halves(dims(len(shape)), dim % len(shape))
    half = shape[halves.place] // 2
    return Formula(
        summary=f"The first {half} values along axis {halves.place} are multiplied by the sigmoids "
        f"of the other {half}.",
        forward=halves.forward(),
        gradients={"input": halves.gradient()},
        settings={**settings(halves.axes, shape), "M": half},
        axes=dict.fromkeys(("input", "output"), names(halves.axes)),
        sizes=(Size(halves.axis.name, "M", halves.axis.length // 2),),
    )


@dataclass(frozen=True)
class _Halves:
    """The tensors of one call, whose axis `place` has two halves of length M."""

    axes: tuple[Axis, ...]
    place: int
    M = Sym("M", "M", "half the length of the axis")

    @property
    def axis(self) -> Axis:
        return self.axes[self.place]

    @property
    def x(self) -> Tensor:
        return Tensor("input", "x", lengths(self.axes), "input of the layer", label="Input")

    def _halved(self, name: str, latex: str, meaning: str, role: str) -> Tensor:
        sizes = tuple(self.M if k == self.place else n for k, n in enumerate(lengths(self.axes)))
        return Tensor(name, latex, sizes, meaning, role)  # type: ignore[arg-type]

    @property
    def y(self) -> Tensor:
        return self._halved("output", "y", "output of the layer", "result")

    def _shifted(self, by: Expr) -> tuple[Expr, ...]:
        """The indices with the axis' own moved by so much."""
        own: tuple[Var, ...] = at(self.axes)
        return (*own[: self.place], own[self.place] + by, *own[self.place + 1 :])

    def _gates(self) -> tuple[Stage, Stage]:
        """The sigmoid of the second half, as a textbook has it and for the error budget."""
        b = self.x[self._shifted(self.M)]
        plain = self._halved("gate", r"\sigma", "sigmoid of the second half", "stage")
        rounded = self._halved("rounded", "s", "sigmoid of the second half", "stage")
        own = at(self.axes)
        return (
            Stage(plain, own, 1 / (1 + apply("exp", -b))),
            Stage(rounded, own, without_overflow(b)),
        )

    def forward(self) -> Equation:
        plain, rounded = self._gates()
        own = at(self.axes)
        a = self.x[own]
        return Equation(
            self.y,
            own,
            a * plain.tensor[own],
            (self.x,),
            (plain, rounded),
            arithmetic=a * rounded.tensor[own],
        )

    def gradient(self) -> Equation:
        """∂L/∂x_k = g_k σ(b_k) in the first half, and g_k a_k σ(b_k) (1 - σ(b_k)) in the second."""
        plain, rounded = self._gates()
        own, before = at(self.axes), self._shifted(-self.M)
        g = upstream(self.y)

        def body(s: Tensor) -> Expr:
            gate = s[before]
            first = self.axis.at < self.M
            second = g[before] * self.x[before] * gate * (1 - gate)
            return cases((first, g[own] * s[own]), otherwise=second)

        return Equation(
            gradient_of(self.x),
            own,
            body(plain.tensor),
            (g, self.x),
            (plain, rounded),
            arithmetic=body(rounded.tensor),
        )


def _example(function: Callable[..., object], *shape: int, **options: object) -> Example:
    return Example(
        f"{function} of {shape}, {options}", lambda: (function, (3 * torch.randn(shape),), options)
    )


examples(
    _example(nn.GLU(), 4),
    _example(nn.GLU(), 3, 4),
    _example(nn.GLU(1), 2, 4, 3),
    _example(nn.GLU(0), 4, 3),
    _example(nn.GLU(1), 2, 6, 3, 3),
    _example(nn.GLU(-4), 1, 2, 2, 2, 2),
    _example(nn.GLU(), 2, 3, 0),
    _example(nn.GLU(), 10, 60),
    Example("F.glu", lambda: (F.glu, (torch.randn(2, 4), 1), {})),
    Example("saturated", lambda: (F.glu, (torch.tensor([3.0, -2, 5, 90, -90, 300]),), {})),
)

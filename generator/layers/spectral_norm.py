"""w = W / σ with σ = uᵀ M v: a weight divided by its largest singular value (Miyato et al., 2018).

M is the weight as a matrix, one row for each index of the axis `dim`. In training one or more steps
of the power method bring u and v nearer to its singular vectors first; they count as constants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils.parametrizations import _SpectralNorm

from generator.formula.build import apply, larger, total
from generator.formula.tree import Equation, Expr, Range, Read, Stage, Sym, Tensor, Var, add, mul
from generator.layers import moments
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_EPSILON = Sym("eps", r"\epsilon", "least length that is divided by", integer=False)
_COLUMNS = Sym("K", "K", "columns of the weight as a matrix")
_MOST = 4
"""Steps of the power method that a page shows."""
_ESTIMATE = Note(
    "An estimate",
    "The power method comes nearer to the largest singular value with each call in training; σ is "
    "what it has reached by now, and a little less than the true value.",
)
_CONSTANT = Note(
    "The vectors are constants",
    "No gradient flows through u and v, though training calculates them from the weight.",
)


@explains(
    "torch.nn.utils.parametrizations._SpectralNorm",
    arguments="input, _u=None, _v=None, dim=0, n_power_iterations=1, eps=1e-12, training=False",
    title="Spectral normalisation",
    search=("spectral norm", "Lipschitz", "GAN", "parametrization"),
)
def spectral_norm(call: Call) -> Formula:
    """The weight over the estimate of its largest singular value."""
    real(call, *call.tensors)
    refuse_types(call)
    shape, dim = call.shape(), call.options["dim"]
    steps = call.options["n_power_iterations"] if call.options["training"] else 0
    if not isinstance(dim, int) or not isinstance(steps, int) or "_u" not in call.tensors:
        raise Refused(f"{spelled(call)} of a weight of shape {list(shape)} is not explained")
    if steps > _MOST:
        raise Refused(f"{spelled(call)} with {steps} steps of the power method is not explained")
    matrix = _Matrix(dims(len(shape)), dim % len(shape), steps)
    steps_text = f", after {steps} of the power method" if steps else ""
    return Formula(
        summary="The weight is divided by the estimate of its largest singular value that two "
        f"vectors give{steps_text}.",
        forward=matrix.forward(),
        gradients={"input": matrix.gradient()},
        settings={
            **settings(matrix.axes, shape),
            "K": call.shape("_v")[0],
            "eps": moments.number(call, "eps"),
        },
        axes={
            **dict.fromkeys(("input", "output"), names(matrix.axes)),
            "_u": (matrix.row.name,),
            "_v": names(matrix.rest) if len(matrix.rest) == 1 else ("column",),
        },
        multiply_adds=(1 + 2 * steps) * call.shape("_u")[0] * call.shape("_v")[0],
        notes=(_ESTIMATE, _CONSTANT),
        indices={"k": "column of the weight as a matrix"},
    )


@dataclass(frozen=True)
class _Matrix:
    """The tensors of one call."""

    axes: tuple[Axis, ...]
    place: int
    steps: int

    @property
    def weight(self) -> Tensor:
        return Tensor("input", r"\Theta", lengths(self.axes), "weight", "parameter", label="Weight")

    @property
    def w(self) -> Tensor:
        return Tensor("output", r"\theta", lengths(self.axes), "weight over σ", "result")

    @property
    def row(self) -> Axis:
        return self.axes[self.place]

    @property
    def rest(self) -> Sequence[Axis]:
        return [a for k, a in enumerate(self.axes) if k != self.place]

    @property
    def column(self) -> Expr:
        """The column in which an element of the weight is."""
        sizes = lengths(self.rest)
        terms = (mul(*sizes[k + 1 :], a.at) for k, a in enumerate(self.rest))
        return add(*terms)

    def _given(self, name: str, size: Expr) -> Tensor:
        side = "left" if name == "u" else "right"
        meaning = f"{side} singular vector, as far as it is known"
        return Tensor(f"_{name}", name, (size,), meaning, "statistic")

    @property
    def given(self) -> tuple[Tensor, Tensor]:
        return self._given("u", self.row.length), self._given("v", _COLUMNS)

    def vectors(self) -> tuple[Tensor, Tensor, tuple[Stage, ...]]:
        """u and v after the steps of the power method, and the stages that make them."""
        u, v = self.given
        stages: list[Stage] = []
        for k in range(1, self.steps + 1):
            value = self.weight[at(self.axes)] * v[self.column]
            u, made = self._normalised("u", k, value, self.row.at, self.row.length, self.rest)
            stages += made
            # the columns in row-major order are the other axes, each with its own index
            value = self.weight[self._at_column(Var("k"))] * u[self.row.at]
            v, made = self._normalised("v", k, value, Var("k"), _COLUMNS, [self.row])
            stages += made
        return u, v, tuple(stages)

    def _at_column(self, column: Var) -> tuple[Expr, ...]:
        found: dict[str, Expr] = {self.row.at.name: self.row.at}
        left: Expr = column
        for axis in reversed(self.rest[1:]):
            found[axis.at.name] = left % axis.length
            left = left // axis.length
        if self.rest:
            found[self.rest[0].at.name] = left
        return tuple(found[a.at.name] for a in self.axes)

    def _normalised(
        self, name: str, k: int, value: Expr, own: Var, size: Expr, over: Sequence[Axis]
    ) -> tuple[Tensor, list[Stage]]:
        """A product with the matrix, and the same with length 1."""
        spans: list[Range] = [a.span for a in over]
        body = apply("sg", total(spans, value) if spans else value)
        product = Tensor(
            f"product_{name}{k}", rf"\tilde{{{name}}}^{{({k})}}_{{#}}", (size,), "product", "stage"
        )
        length = Tensor(
            f"length_{name}{k}",
            rf"\lVert\tilde{{{name}}}^{{({k})}}\rVert",
            (),
            "its length",
            "stage",
        )
        root = apply("sqrt", total(own.over(size), product[own] ** 2))
        unit = Tensor(
            f"{name}{k}", f"{name}^{{({k})}}_{{#}}", (size,), "vector of length 1", "stage"
        )
        return unit, [
            Stage(product, (own,), body),
            Stage(length, (), root),
            Stage(unit, (own,), product[own] / larger(_EPSILON, length[()])),
        ]

    def _sigma(self, u: Tensor, v: Tensor) -> tuple[Stage, Read]:
        inner = total([a.span for a in self.rest], self.weight[at(self.axes)] * v[self.column])
        tensor = Tensor("sigma", r"\sigma", (), "estimate of the largest singular value", "stage")
        return Stage(tensor, (), total(self.row.span, u[self.row.at] * inner)), tensor[()]

    def forward(self) -> Equation:
        u, v, stages = self.vectors()
        sigma, s = self._sigma(u, v)
        i = at(self.axes)
        return Equation(self.w, i, self.weight[i] / s, (self.weight, *self.given), (*stages, sigma))

    def gradient(self) -> Equation:
        """∂L/∂Θ = (g - u vᵀ Σ g θ) / σ."""
        u, v, stages = self.vectors()
        sigma, s = self._sigma(u, v)
        i, g = at(self.axes), upstream(self.w)
        spans = [a.span for a in self.axes]
        tensor = Tensor("along", "a", (), "sum of upstream gradient times output", "stage")
        along = Stage(tensor, (), total(spans, g[i] * (self.weight[i] / s)))
        sent = Tensor("sent", "b", (), "gradient of σ", "stage")
        back = Stage(sent, (), total(spans, g[i] * (self.weight[i] / s / s)))
        outer = u[self.row.at] * v[self.column]
        return Equation(
            gradient_of(self.weight),
            i,
            (g[i] - outer * tensor[()]) / s,
            (g, self.weight, *self.given),
            (*stages, sigma, along, back),
            arithmetic=g[i] / s - sent[()] * u[self.row.at] * v[self.column],
        )


def _module(*shape: int, dim: int = 0, steps: int = 1, training: bool = False) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        weight = torch.randn(shape)
        module: nn.Module = _SpectralNorm(weight, n_power_iterations=steps, dim=dim)
        return module.train(training), (weight,), {}

    return Example(f"{shape}, dim {dim}, {steps} steps, training {training}", run)


examples(
    _module(4, 3),
    _module(4, 3, dim=1),
    _module(4, 3, 3, 3),
    _module(4, 3, 2, 2, dim=1),
    _module(32, 50),
    _module(4, 3, training=True),
    _module(4, 3, 2, 2, training=True, steps=2),
    _module(4, 3, 2, 2, dim=1, training=True),
)

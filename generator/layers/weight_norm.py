"""θ = g · v / ‖v‖: a weight as a length and a direction (Salimans and Kingma, 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.utils.parametrizations import _WeightNorm

from generator.formula.build import apply, total
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor, Var
from generator.layers import moments
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, primed
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_TANGENT = Note(
    "The gradient of the direction has no part along it",
    "What a step would change in the length of \\(v\\) changes nothing in the weight; the length "
    "of the weight is learned as \\(g\\) alone.",
)


@explains(
    "torch._weight_norm",
    arguments="weight_v, weight_g, dim=0",
    title="Weight normalisation",
    search=("weight norm", "weight_norm", "reparametrisation", "parametrization"),
)
@explains(
    "torch.nn.utils.parametrizations._WeightNorm",
    arguments="weight_g, weight_v, dim=0",
    title="Weight normalisation",
    search=("weight norm", "weight_norm", "reparametrisation", "parametrization"),
)
def weight_norm(call: Call) -> Formula:
    """The weight from its length g and its direction v, for each index of one axis or for all."""
    real(call, "weight_v", "weight_g")
    refuse_types(call)
    shape, dim = call.shape("weight_v"), call.options["dim"]
    if not isinstance(dim, int) or not -1 <= dim < len(shape):
        raise Refused(f"{spelled(call)}(dim={dim!r}) is not explained")
    parts = _Parts(dims(len(shape)), None if dim == -1 else dim, len(call.shape("weight_g")))
    expected = tuple(n if k == dim else 1 for k, n in enumerate(shape)) if dim >= 0 else ()
    if call.shape("weight_g") != expected:
        found = list(call.shape("weight_g"))
        raise Refused(f"{spelled(call)}: lengths of shape {found} are not explained")
    whose = "The weight" if dim == -1 else f"Each part of the weight along axis {dim}"
    return Formula(
        summary=f"{whose} is a direction, divided by its own Euclidean length, times a length "
        "that is learned.",
        forward=parts.forward(),
        gradients={"weight_v": parts.by_direction(), "weight_g": parts.by_length()},
        settings=settings(parts.axes, shape),
        axes={
            **dict.fromkeys(("weight_v", "output"), names(parts.axes)),
            "weight_g": names(parts.axes)[: len(expected)],
        },
        notes=(_TANGENT,),
    )


@dataclass(frozen=True)
class _Parts:
    """The tensors of one call; the axis `dim` has a length for each index, None: one for all."""

    axes: tuple[Axis, ...]
    dim: int | None
    rank: int
    """Axes of g, of which all but `dim` have length 1."""

    @property
    def v(self) -> Tensor:
        return Tensor(
            "weight_v", "v", lengths(self.axes), "direction", "parameter", label="Direction"
        )

    @property
    def g(self) -> Tensor:
        sizes = tuple(a.length if k == self.dim else Num(1) for k, a in enumerate(self.axes))
        return Tensor("weight_g", "g", sizes[: self.rank], "length", "parameter", label="Length")

    @property
    def w(self) -> Tensor:
        return Tensor("output", r"\theta", lengths(self.axes), "weight", "result", label="Weight")

    @property
    def kept(self) -> tuple[Axis, ...]:
        return () if self.dim is None else (self.axes[self.dim],)

    @property
    def scale(self) -> Expr:
        own = tuple(a.at if k == self.dim else Num(0) for k, a in enumerate(self.axes))
        return self.g[own[: self.rank]]

    def _over(self, body: Expr) -> Expr:
        return total([a.span for a in self.axes if a not in self.kept], body)

    @property
    def norm(self) -> Stage:
        body = apply("sqrt", self._over(self.v[at(self.axes)] ** 2))
        return moments.stage("norm", "r", self.kept, "Euclidean length of the direction", body)

    @property
    def along(self) -> Stage:
        body = self._over(upstream(self.w)[at(self.axes)] * self.v[at(self.axes)])
        meaning = "sum of upstream gradient times direction"
        return moments.stage("along", "a", self.kept, meaning, body)

    def forward(self) -> Equation:
        r = self.norm.tensor[at(self.kept)]
        value = self.v[at(self.axes)]
        return Equation(
            self.w,
            at(self.axes),
            self.scale * value / r,
            (self.v, self.g),
            (self.norm,),
            arithmetic=value * (self.scale / r),
        )

    def by_direction(self) -> Equation:
        """∂L/∂v = g/r · (∂L/∂w - v/r · a/r), where a is the upstream gradient along v."""
        i, s = at(self.axes), at(self.kept)
        r, a, upper = self.norm.tensor[s], self.along.tensor[s], upstream(self.w)
        inner = upper[i] - self.v[i] * (a / r**2)
        return Equation(
            gradient_of(self.v),
            i,
            self.scale / r * inner,
            (upper, self.v, self.g),
            (self.norm, self.along),
            arithmetic=self.scale * (upper[i] / r - self.v[i] * (a / (r * r * r))),
        )

    def by_length(self) -> Equation:
        """∂L/∂g = Σ ∂L/∂w · v/r."""
        r, a = self.norm.tensor[at(self.kept)], self.along.tensor[at(self.kept)]
        own: tuple[Var, ...] = tuple(
            x.at if k == self.dim else primed(x) for k, x in enumerate(self.axes)
        )
        return Equation(
            gradient_of(self.g),
            own[: self.rank],
            a / r,
            (upstream(self.w), self.v),
            (self.norm, self.along),
        )


def _plain(shape: tuple[int, ...], dim: int) -> Example:
    lengths = tuple(n if k == dim else 1 for k, n in enumerate(shape)) if dim >= 0 else ()
    return Example(
        f"weight norm of {shape} along {dim}",
        lambda: (torch._weight_norm, (torch.randn(shape), torch.rand(lengths) + 0.5, dim), {}),  # noqa: SLF001
    )


examples(
    _plain((4, 3), 0),
    _plain((4, 3), 1),
    _plain((4, 3), -1),
    _plain((4, 3, 3, 3), 0),
    _plain((4, 3, 2, 2), 1),
    _plain((3, 4, 2, 2), 3),
    _plain((5,), 0),
    _plain((64, 200), 0),
    Example("module", lambda: (_WeightNorm(0), (torch.rand(4, 1) + 0.5, torch.randn(4, 3)), {})),
)

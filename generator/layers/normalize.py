"""y = x / max(‖x‖, ε): vectors along some axes get length 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from generator.formula.build import bracket, larger, total
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Read, Stage, Sym, Tensor, Var
from generator.layers import moments
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of, output_of
from generator.layers.dtypes import refuse_types, refuse_unless, spelled
from generator.layers.elementwise import real
from generator.layers.norms import Norm, norm_of
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_EPSILON = Sym("eps", r"\epsilon", "least length that is divided by", integer=False)
_TANGENT = Note(
    "Only the direction is left",
    "What a step would change in the length of the input changes nothing in the output: the "
    "gradient has no part along the input.",
)


@explains(
    "torch.nn.functional.normalize",
    arguments="input, p=2.0, dim=1, eps=1e-12, out=None",
    title="Normalisation to length 1",
    search=("unit vector", "L2 normalisation", "F.normalize", "cosine similarity"),
)
def normalize(call: Call) -> Formula:
    """Each vector over the axes `dim` divided by its own norm."""
    real(call, "input")
    refuse_types(call)
    refuse_unless(None, call, "out")
    epsilon = moments.number(call, "eps")
    over = _places(call)
    axes = dims(len(call.shape()))
    vectors = _vectors(call, axes, over)
    length = vectors.norm
    if length.settings and call.output.dtype == "float16":
        raise Refused(f"{spelled(call)} with p = {length.p:g} in float16 is not explained")
    places = " and ".join(map(str, over))
    return Formula(
        summary=f"Each vector along {'axes' if len(over) > 1 else 'axis'} {places} is divided by "
        f"its {length.words}, or by {plain_number(epsilon)} where that is more.",
        forward=vectors.forward(),
        gradients={"input": vectors.gradient()},
        settings={**settings(axes, call.shape()), "eps": epsilon, **length.settings},
        axes=dict.fromkeys(("input", "output"), names(axes)),
        multiply_adds=math.prod(call.shape()) if length.p == 2 else 0,
        notes=(_TANGENT,) if length.p == 2 else (),
    )


def _places(call: Call) -> tuple[int, ...]:
    given, rank = call.options["dim"], len(call.shape())
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    whole = [d for d in found if isinstance(d, int) and not isinstance(d, bool)]
    if not whole or len(whole) != len(found) or rank == 0:
        raise Refused(f"{spelled(call)}(dim={given!r}) is not explained")
    return tuple(sorted({d % rank for d in whole}))


def _vectors(call: Call, axes: tuple[Axis, ...], over: tuple[int, ...]) -> _Vectors:
    spans = tuple(axes[k].span for k in over)
    kept = tuple(a for k, a in enumerate(axes) if k not in over)
    return _Vectors(axes, kept, norm_of(call, call.options["p"], spans))


@dataclass(frozen=True)
class _Vectors:
    """The tensors of one call: the axes that are `kept` have a norm each."""

    axes: tuple[Axis, ...]
    kept: tuple[Axis, ...]
    norm: Norm

    @property
    def x(self) -> Tensor:
        return input_of(self.axes)

    @property
    def value(self) -> Read:
        return self.x[at(self.axes)]

    def named(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
        tensor = Tensor(name, latex, lengths(self.kept), meaning, "stage")
        own: tuple[Var, ...] = at(self.kept)
        return Stage(tensor, own, body), tensor[own]

    @property
    def length(self) -> tuple[Stage, Read]:
        return self.named("norm", "r", f"{self.norm.words} of the vector", self.norm.of(self.value))

    def forward(self) -> Equation:
        stage, r = self.length
        body = self.value / larger(_EPSILON, r)
        # the largest of several equal magnitudes is all of them
        return Equation(
            output_of(self.axes),
            at(self.axes),
            body,
            (self.x,),
            (stage,),
            shared=math.isinf(self.norm.p),
        )

    def gradient(self) -> Equation:
        """∂L/∂x = (g - Σ g y · ∂r/∂x) / r, and g/ε for a vector that is shorter than ε."""
        g, (stage, r), x = upstream(output_of(self.axes))[at(self.axes)], self.length, self.value
        divisor = larger(_EPSILON, r)
        long = bracket(r >= _EPSILON)
        along, dot = self.named(
            "along",
            "a",
            "sum of upstream gradient times output, over the vector",
            total(self.norm.spans, g * (x / divisor)) * long,
        )
        sent, back = self.named(
            "sent",
            "b",
            "gradient of the norm",
            -total(self.norm.spans, g * (x / divisor / divisor)) * long,
        )
        slope = self.norm.slope(x, dot, self.named)
        order = self.norm.slope(x, back, self.named)
        others = [s for s in slope.stages if s.tensor.name != stage.tensor.name]
        return Equation(
            gradient_of(self.x),
            at(self.axes),
            (g - slope.body) / divisor,
            (upstream(output_of(self.axes)), self.x),
            (stage, along, sent, *others),
            arithmetic=g / divisor + (order.body if order.arithmetic is None else order.arithmetic),
        )


def _normalize(*shape: int, scale: float = 1.0, **options: object) -> Example:
    return Example(
        f"normalize {shape}, {options}, {scale:g}",
        lambda: (F.normalize, (scale * torch.randn(shape),), options),
    )


def _in(dtype: torch.dtype) -> Example:
    return Example(
        f"normalize in {dtype}", lambda: (F.normalize, (torch.randn(3, 5).to(dtype),), {})
    )


examples(
    _normalize(3, 5),
    _normalize(3, 5, dim=0),
    _normalize(5, dim=0),
    _normalize(2, 3, 4),
    _normalize(2, 3, 4, dim=-1),
    _normalize(2, 3, 4, dim=(1, 2)),
    _normalize(2, 3, 4, 4),
    _normalize(3, 5, p=1),
    _normalize(3, 5, p=3),
    _normalize(3, 5, p=2.5),
    _normalize(3, 5, p=0),
    _normalize(3, 5, p=math.inf),
    _normalize(3, 5, eps=3.0),
    _normalize(3, 5, scale=1e-14),
    _normalize(3, 5, scale=1e6),
    _normalize(4, 500),
    _normalize(2, 0),
    _in(torch.float64),
    _in(torch.float16),
    _in(torch.bfloat16),
)

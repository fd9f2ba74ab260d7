"""y = max(0, Δ + d(a, p) - d(a, n)): what belongs together has to be nearer, by a margin."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import bracket, larger
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Read, Stage, Sym
from generator.layers.broadcasting import Words, number
from generator.layers.dtypes import refuse_unless, spelled
from generator.layers.norms import Norm, Slope, norm_of
from generator.layers.reductions import reduction, words
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.vectors import Vectors

_MARGIN = Sym("margin", r"\Delta", "margin", integer=False)
_EPSILON = Sym("eps", r"\epsilon", "added to each difference", integer=False)
_WORDS = {
    "anchor": Words("x^{a}_{#}", "Anchor", "anchor"),
    "positive": Words("x^{p}_{#}", "Positive", "example that belongs to the anchor"),
    "negative": Words("x^{n}_{#}", "Negative", "example that does not"),
}
_SATISFIED = Note(
    "Triplets that are far enough cost nothing",
    "Where the negative is farther than the positive by the margin, the loss and all gradients "
    "are 0; training needs triplets that are not so easy.",
)


@explains(
    "torch.nn.TripletMarginLoss",
    "torch.nn.functional.triplet_margin_loss",
    arguments="anchor, positive, negative, margin=1.0, p=2.0, eps=1e-06, swap=False, "
    "size_average=None, reduce=None, reduction='mean'",
    title="Triplet loss",
    search=("metric learning", "nn.TripletMarginLoss", "F.triplet_margin_loss"),
)
def triplet_margin_loss(call: Call) -> Formula:
    """The triplet loss with a p-norm as the distance."""
    refuse_unless(False, call, "swap")
    how = reduction(call)
    shapes = {a.shape for a in call.tensors.values()}
    if len(shapes) != 1:
        raise Refused(f"{spelled(call)} of shapes {sorted(shapes)} is not explained")
    vectors = Vectors.of(call, _WORDS, -1, how=how)
    norm = norm_of(call, call.options["p"], (vectors.span,))
    if math.isinf(norm.p) or norm.p == 0 or (norm.settings and call.output.dtype == "float16"):
        raise Refused(f"{spelled(call)} with p = {norm.p:g} is not explained")
    parts = _Triplet(vectors, norm)
    margin = number(call, "margin")
    return Formula(
        summary="How much nearer the negative is to the anchor than the positive, by the "
        f"{norm.words} of their differences, plus {plain_number(margin)}; at least 0, "
        f"{words(how, 'triplet')}.",
        forward=parts.forward(),
        gradients={name: parts.gradient(name) for name in _WORDS},
        settings={
            **vectors.operands.settings,
            **norm.settings,
            "margin": margin,
            "eps": number(call, "eps"),
        },
        axes=vectors.named_axes,
        multiply_adds=2 * math.prod(call.shape("anchor")) if norm.p == 2 else 0,
        notes=(_SATISFIED,),
    )


@dataclass(frozen=True)
class _Triplet:
    """The two distances of each triplet."""

    vectors: Vectors
    norm: Norm

    def _difference(self, other: str) -> Expr:
        return self.vectors["anchor"] - self.vectors[other] + _EPSILON

    def _distance(self, other: str) -> tuple[Stage, Read]:
        latex = f"d^{{{other[0]}}}" + ("_{#}" if self.vectors.kept else "")
        meaning = f"distance from the anchor to the {other}"
        body = self.norm.of(self._difference(other))
        return self.vectors.named(f"distance_{other}", latex, meaning, body)

    @property
    def _missing(self) -> Expr:
        """Δ + d(a, p) - d(a, n)."""
        return _MARGIN + self._distance("positive")[1] - self._distance("negative")[1]

    @property
    def _stages(self) -> tuple[Stage, Stage]:
        return self._distance("positive")[0], self._distance("negative")[0]

    def forward(self) -> Equation:
        return self.vectors.forward(larger(self._missing, 0), self._stages)

    def _slope(self, other: str) -> Slope:
        """What the difference to one of the others gets."""

        def named(name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
            if name == "norm":
                return self._distance(other)
            return self.vectors.named(f"{name}_{other}", latex, meaning, body)

        g = self.vectors.g * bracket(self._missing >= 0)
        return self.norm.slope(self._difference(other), g, named)

    def gradient(self, name: str) -> Equation:
        """Of the anchor that of d(a, p) less that of d(a, n); the others have one of them each."""
        near, far = self._slope("positive"), self._slope("negative")
        order = [s.body if s.arithmetic is None else s.arithmetic for s in (near, far)]
        body = {"anchor": near.body - far.body, "positive": -near.body, "negative": far.body}
        steps = {"anchor": order[0] - order[1], "positive": -order[0], "negative": order[1]}
        known = {s.tensor.name: s for s in (*self._stages, *near.stages, *far.stages)}
        return self.vectors.gradient(name, body[name], tuple(known.values()), steps[name])


def _call(*shape: int, dtype: torch.dtype = torch.float32, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        given = tuple(torch.randn(shape).to(dtype) for _ in range(3))
        return F.triplet_margin_loss, given, options

    return Example(f"{shape}, {options}, {dtype}", run)


examples(
    _call(4, 5),
    _call(4, 5, reduction="sum"),
    _call(4, 5, reduction="none"),
    _call(5),
    _call(2, 3, 4),
    _call(4, 5, margin=0.3),
    _call(4, 5, p=1),
    _call(4, 5, p=3, reduction="none"),
    _call(20, 64),
    _call(4, 5, dtype=torch.float64),
    _call(4, 5, dtype=torch.float16),
    _call(4, 5, dtype=torch.bfloat16),
    Example(
        "module",
        lambda: (nn.TripletMarginLoss(2.0), tuple(torch.randn(3, 4) for _ in range(3)), {}),
    ),
)

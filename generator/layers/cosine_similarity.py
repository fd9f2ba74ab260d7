"""y = Σ a_k b_k / (‖a‖ ‖b‖): the cosine of the angle between two vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, equal
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Read, Stage, Sym
from generator.layers import moments
from generator.layers.broadcasting import Words, together
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.vectors import Vectors

_EPSILON = Sym("eps", r"\epsilon", "least length that is divided by", integer=False)
_WORDS = {
    "input": Words("a", "First", "first operand", said="the first operand"),
    "other": Words("b", "Second", "second operand", said="the second operand"),
}
_TANGENT = Note(
    "Only directions count",
    "The length of a vector changes nothing, so its gradient is at right angles to it.",
)


@explains(
    "torch.nn.CosineSimilarity",
    "torch.nn.functional.cosine_similarity",
    "torch.cosine_similarity",
    arguments="input, other, dim=1, eps=1e-08",
    title="Cosine similarity",
    search=("angle", "embedding similarity", "nn.CosineSimilarity", "F.cosine_similarity"),
)
def cosine_similarity(call: Call) -> Formula:
    """The cosine between the vectors along one axis."""
    epsilon = moments.number(call, "eps")
    vectors = Vectors.of(call, _WORDS, call.options["dim"])
    pair = _Pair(vectors)
    shape = together([a.shape for a in call.tensors.values()])
    return Formula(
        summary=f"Each output is the cosine of the angle between two vectors of "
        f"{shape[vectors.place]} numbers, along axis {vectors.place} (lengths below "
        f"{plain_number(epsilon)} count as that).",
        forward=pair.forward(),
        gradients={"input": pair.gradient("input"), "other": pair.gradient("other")},
        settings={**vectors.operands.settings, "eps": epsilon},
        axes=vectors.named_axes,
        multiply_adds=3 * math.prod(shape),
        notes=(_TANGENT, *vectors.operands.notes()),
    )


@dataclass(frozen=True)
class _Pair:
    """The lengths of both vectors, and the cosine."""

    vectors: Vectors

    def length(self, name: str) -> tuple[Stage, Read]:
        body = apply("sqrt", self.vectors.total(self.vectors[name] ** 2))
        symbol = rf"\lVert {_WORDS[name].symbol}\rVert"
        latex = rf"{symbol}_{{#}}" if self.vectors.kept else symbol
        return self.vectors.named(f"length_{name}", latex, f"length of {_WORDS[name].said}", body)

    def divisor(self, name: str) -> tuple[Stage, Read]:
        """The length, or ε, through which torch sends the gradient on as if it were the length."""
        _, n = self.length(name)
        symbol = _WORDS[name].symbol
        latex = rf"r^{{{symbol}}}_{{#}}" if self.vectors.kept else f"r^{{{symbol}}}"
        body = cases((n < _EPSILON, n + apply("sg", _EPSILON - n)), otherwise=n)
        meaning = f"length of {_WORDS[name].said}, at least ε"
        return self.vectors.named(f"divisor_{name}", latex, meaning, body)

    def cosine(self) -> Expr:
        a, b = self.vectors["input"], self.vectors["other"]
        lengths = [self.divisor(name)[1] for name in _WORDS]
        return self.vectors.total(a * b) / (lengths[0] * lengths[1])

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(of(name)[0] for of in (self.length, self.divisor) for name in _WORDS)

    def unit(self, name: str) -> Expr:
        """An element of the vector with length 1, as torch rounds it."""
        return self.vectors[name] / self.divisor(name)[1]

    def forward(self) -> Equation:
        rounded = self.vectors.total(self.unit("input") * self.unit("other"))
        return self.vectors.forward(self.cosine(), self.stages, rounded)

    def gradient(self, name: str) -> Equation:
        """∂L/∂a = g (b / ‖b‖ - y a / ‖a‖) / ‖a‖."""
        other = "other" if name == "input" else "input"
        value, g = self.vectors[name], self.vectors.g
        (_, n), (_, r) = self.length(name), self.divisor(name)
        stage, y = self.vectors.named(
            "cosine", "y", "the output, computed once more from the input", self.cosine()
        )
        sums = self.vectors.total(g * self.unit(other) * (self.unit(name) / r))
        sent, back = self.vectors.named("sent", "s", "gradient of the length", -sums)
        along = cases((equal(n, 0), 0), otherwise=y * (value / n))
        order = cases((equal(n, 0), 0), otherwise=value * (back / n))
        return self.vectors.gradient(
            name,
            g * (self.unit(other) - along) / r,
            (*self.stages, stage, sent),
            g * self.unit(other) / r + order,
        )


def _call(
    *shapes: tuple[int, ...], dtype: torch.dtype = torch.float32, **options: object
) -> Example:
    return Example(
        f"{shapes}, {options}, {dtype}",
        lambda: (F.cosine_similarity, tuple(torch.randn(s).to(dtype) for s in shapes), options),
    )


def _parallel() -> tuple[torch.Tensor, torch.Tensor]:
    a = torch.randn(3, 50)
    return a, 7 * a + 1e-3 * torch.randn(3, 50)


examples(
    _call((3, 5), (3, 5)),
    _call((3, 5), (3, 5), dim=0),
    _call((5,), (5,), dim=0),
    _call((2, 3, 4), (2, 3, 4)),
    _call((2, 3, 4), (2, 3, 4), dim=-1),
    _call((2, 1, 4), (1, 3, 4), dim=-1),
    _call((2, 4), (4,), dim=-1),
    _call((2, 3), (2, 1), dim=1),
    _call((4, 300), (4, 300)),
    _call((3, 5), (3, 5), eps=4.0),
    _call((3, 5), (3, 5), dtype=torch.float64),
    _call((3, 5), (3, 5), dtype=torch.float16),
    _call((3, 5), (3, 5), dtype=torch.bfloat16),
    Example(
        "module", lambda: (nn.CosineSimilarity(2), (torch.randn(2, 3, 4), torch.randn(2, 3, 4)), {})
    ),
    Example("nearly parallel", lambda: (F.cosine_similarity, _parallel(), {})),
)

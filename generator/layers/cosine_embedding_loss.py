"""y = 1 - cos for pairs that belong together (t = 1), max(0, cos - Δ) for others (t = -1)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, equal, larger
from generator.formula.text import plain_number
from generator.formula.tree import Equation, Expr, Read, Stage, Sym, Tensor
from generator.layers.axes import at, lengths, names
from generator.layers.broadcasting import Words, number
from generator.layers.dtypes import spelled
from generator.layers.reductions import reduction, words
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.vectors import Vectors

_MARGIN = Sym("margin", r"\Delta", "cosine up to which others cost nothing", integer=False)
_EPSILON = Sym("eps", r"\epsilon", "added to each squared length", integer=False)
_WORDS = {
    "input1": Words("a", "First", "first input"),
    "input2": Words("b", "Second", "second input"),
}
_TARGETS = Note(
    "Only 1 and −1 are targets",
    "Nothing checks it: a pair with any other target costs nothing.",
)


@explains(
    "torch.nn.CosineEmbeddingLoss",
    "torch.nn.functional.cosine_embedding_loss",
    arguments="input1, input2, target, margin=0.0, size_average=None, reduce=None, "
    "reduction='mean'",
    title="Cosine embedding loss",
    search=("metric learning", "nn.CosineEmbeddingLoss", "F.cosine_embedding_loss"),
)
def cosine_embedding_loss(call: Call) -> Formula:
    """The contrastive loss of angles."""
    how = reduction(call)
    vectors = Vectors.of(call, _WORDS, -1, how=how)
    shapes = {call.shape(name) for name in _WORDS}
    target = call.tensors["target"]
    if len(shapes) != 1 or target.shape != next(iter(shapes))[:-1] or len(target.shape) > 1:
        raise Refused(f"{spelled(call)} of a target of shape {list(target.shape)} is not explained")
    margin = number(call, "margin")
    pair = _Pair(vectors, target.integer)
    return Formula(
        summary="What the cosine of pairs that belong together lacks to 1, and what that of others "
        f"exceeds {plain_number(margin)}, {words(how, 'pair')}.",
        forward=pair.forward(),
        gradients={name: pair.gradient(name) for name in _WORDS},
        settings={**vectors.operands.settings, "margin": margin, "eps": 1e-12},
        axes={**vectors.named_axes, "target": names(vectors.kept)},
        multiply_adds=3 * math.prod(call.shape("input1")),
        notes=(_TARGETS,),
    )


@dataclass(frozen=True)
class _Pair:
    """The cosine of each pair, and its target."""

    vectors: Vectors
    integer: bool

    @property
    def t(self) -> Tensor:
        meaning = "1 for a pair that belongs together, −1 for others"
        sizes = lengths(self.vectors.kept)
        return Tensor("target", "t", sizes, meaning, integer=self.integer, label="Target")

    @property
    def _target(self) -> Read:
        return self.t[at(self.vectors.kept)]

    def _square(self, name: str) -> tuple[Stage, Read]:
        symbol = _WORDS[name].symbol
        latex = rf"q^{{{symbol}}}_{{#}}" if self.vectors.kept else f"q^{{{symbol}}}"
        body = self.vectors.total(self.vectors[name] ** 2) + _EPSILON
        meaning = f"squared length of the {_WORDS[name].meaning}"
        return self.vectors.named(f"square_{name}", latex, meaning, body)

    @property
    def _root(self) -> Expr:
        return apply("sqrt", self._square("input1")[1] * self._square("input2")[1])

    @property
    def _cosine(self) -> tuple[Stage, Read]:
        product = self.vectors.total(self.vectors["input1"] * self.vectors["input2"])
        return self.vectors.named("cosine", r"\kappa", "cosine of the angle", product / self._root)

    @property
    def _stages(self) -> tuple[Stage, ...]:
        return (*(self._square(name)[0] for name in _WORDS), self._cosine[0])

    def forward(self) -> Equation:
        c, t = self._cosine[1], self._target
        far = (equal(t, -1), larger(c - _MARGIN, 0))
        body = cases((equal(t, 1), 1 - c), far, otherwise=0)
        return self.vectors.forward(body, self._stages, others=(self.t,))

    def gradient(self, name: str) -> Equation:
        """∂L/∂a = s (b / √(q q') - c a / q), s being the loss' derivative by the cosine."""
        other = "input2" if name == "input1" else "input1"
        c, t, g = self._cosine[1], self._target, self.vectors.g
        loss = cases(
            (equal(t, 1), -g), (equal(t, -1), cases((c < _MARGIN, 0), otherwise=g)), otherwise=0
        )
        meaning = "derivative of the loss with respect to the cosine"
        stage, s = self.vectors.named("sent", "s", meaning, loss)
        value, root = self.vectors[name], self._root
        steps = s * (c / root) * (self._square(other)[1] / (2 * root)) * 2
        return self.vectors.gradient(
            name,
            s * (self.vectors[other] / root - c * value / self._square(name)[1]),
            (*self._stages, stage),
            s / root * self.vectors[other] - steps * value,
            others=(self.t,),
        )


def _call(*shape: int, dtype: torch.dtype = torch.float32, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        target = 2 * torch.randint(2, shape[:-1]) - 1
        given = (torch.randn(shape).to(dtype), torch.randn(shape).to(dtype), target)
        return F.cosine_embedding_loss, given, options

    return Example(f"{shape}, {options}, {dtype}", run)


examples(
    _call(4, 5),
    _call(4, 5, reduction="sum"),
    _call(4, 5, reduction="none"),
    _call(5),
    _call(4, 5, margin=0.3),
    _call(20, 64),
    _call(4, 5, dtype=torch.float64),
    _call(4, 5, dtype=torch.bfloat16),
    Example(
        "module",
        lambda: (
            nn.CosineEmbeddingLoss(0.1),
            (torch.randn(3, 4), torch.randn(3, 4), torch.tensor([1, -1, 0])),
            {},
        ),
    ),
)

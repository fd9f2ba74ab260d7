"""p_ij = e^(s_ij - m_i) / Σ_j e^(s_ij - m_i): from scores of queries and keys to weights, and back.

The stages of every attention.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from generator.formula.build import apply, cases, equal, largest, total
from generator.formula.tree import Expr, Neg, Num, Read, Stage, Sym, Tensor
from generator.layers.attention_dropout import Dropped
from generator.layers.axes import Axis, at, lengths

_FACTOR = Sym("scale", r"\alpha", "factor of the scores", integer=False)


@dataclass(frozen=True)
class Scale:
    """What scores are multiplied by: a number that was given, or 1/√E for E features."""

    given: float | None
    features: Sym
    count: int
    """The number of features."""

    def of(self, product: Expr) -> Expr:
        """The product, scaled."""
        return product / apply("sqrt", self.features) if self.given is None else _FACTOR * product

    @property
    def settings(self) -> dict[str, float]:
        """The number that was given."""
        return {} if self.given is None else {"scale": self.given}

    @property
    def value(self) -> float:
        """The factor as a number."""
        return 1 / math.sqrt(self.count) if self.given is None else self.given

    @property
    def root(self) -> Rounded:
        """√|factor|, by which torch multiplies queries and keys each."""
        return Rounded(math.sqrt(abs(self.value)), "root")

    def signed(self, node: Expr) -> Expr:
        """The node with the sign of the factor."""
        return Neg(node) if self.value < 0 else node


@dataclass(frozen=True)
class Rounded:
    """A factor as the library holds it: rounded once, so that all products share its error."""

    value: float
    name: str

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The factor as a stage; none where it is exact."""
        if self.exact:
            return ()
        body = apply("sqrt", Num(self.value**2))
        return (Stage(Tensor(self.name, "r", (), "rounded factor", "stage"), (), body),)

    @property
    def exact(self) -> bool:
        """Whether it needs no more bits than any type has."""
        return (math.frexp(self.value)[0] * 2**8).is_integer()

    @property
    def read(self) -> Expr:
        """The factor where it is used."""
        return Num(self.value) if self.exact else Read(self.name, ())


@dataclass(frozen=True)
class Weights:
    """The weights of each query over all keys."""

    lead: tuple[Axis, ...]
    query: Axis
    key: Axis
    score: Expr
    """s_ij."""
    rounded: Expr
    """The same in the order in which the library computes it."""
    masked: Callable[[Expr], Expr] | None = None
    """From a score to the one of which the exponential is taken; None where that is itself."""
    emptied: bool = False
    """Whether a query all of whose keys are masked has weights 0; they are NaN otherwise."""
    dropped: Dropped | None = None
    """What drops weights, in training."""

    @property
    def rows(self) -> tuple[Axis, ...]:
        """The axes of what each query has one of."""
        return *self.lead, self.query

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the scores and weights."""
        return *self.rows, self.key

    def stage(self, name: str, latex: str, axes: Sequence[Axis], meaning: str, body: Expr) -> Stage:
        """A quantity with one value for each index of the axes."""
        tensor = Tensor(name, latex, lengths(axes), meaning, "stage")
        return Stage(tensor, at(axes), body)

    @property
    def _scores(self) -> tuple[Stage, ...]:
        meaning = "score: how well the query fits the key"
        found = self.stage("scores", "s", self.axes, meaning, self.score)
        found = replace(found, arithmetic=self.rounded)
        if self.masked is None:
            return (found,)
        body = self.masked(found.tensor[at(self.axes)])
        return found, self.stage("masked", "a", self.axes, "score with the mask", body)

    @property
    def _a(self) -> Read:
        return self._scores[-1].tensor[at(self.axes)]

    @property
    def _maximum(self) -> tuple[Stage, ...]:
        top = largest(self.key.span, self._a)
        if not self.emptied:
            return (self.stage("maximum", "m", self.rows, "largest score of the query", top),)
        first = self.stage("top", "u", self.rows, "largest score of the query", top)
        u = first.tensor[at(self.rows)]
        body = cases((equal(u, -math.inf), 0), otherwise=u)
        meaning = "what is subtracted: the largest score, 0 where every key is masked"
        return first, self.stage("maximum", "m", self.rows, meaning, body)

    @property
    def _power(self) -> Expr:
        return apply("exp", self._a - self._maximum[-1].tensor[at(self.rows)])

    @property
    def _normaliser(self) -> Stage:
        body: Expr = total(self.key.span, self._power)
        meaning = "sum of the exponentials"
        if self.emptied:
            u = self._maximum[0].tensor[at(self.rows)]
            body = cases((equal(u, -math.inf), 1), otherwise=body)
            meaning += ", 1 where every key is masked"
        return self.stage("normaliser", "Z", self.rows, meaning, body)

    @property
    def weights(self) -> Stage:
        """p, of each query and key."""
        body = self._power / self._normaliser.tensor[at(self.rows)]
        return self.stage("weights", "p", self.axes, "attention weight of the key", body)

    @property
    def p(self) -> Read:
        """A weight."""
        return self.weights.tensor[at(self.axes)]

    @property
    def _kept(self) -> tuple[Stage, ...]:
        if self.dropped is None:
            return ()
        meaning = "weight after dropout"
        body = self.dropped.of(self.p)
        return (self.stage("kept_weights", r"\tilde{p}_{#}", self.axes, meaning, body),)

    @property
    def used(self) -> Read:
        """A weight as the values are weighted with it."""
        return self._kept[0].tensor[at(self.axes)] if self._kept else self.p

    @property
    def drawn(self) -> tuple[Tensor, ...]:
        """The mask, if there is one."""
        return () if self.dropped is None else (self.dropped.mask,)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """From the scores to the weights."""
        return *self._scores, *self._maximum, self._normaliser, self.weights, *self._kept

    def backward(self, body: Expr) -> Backward:
        """∂L/∂s, where the body is the derivative by the weight that is used."""
        if self.dropped is not None:
            body = self.dropped.of(body)
        by_weight = self.stage(
            "grad_weights",
            rf"\frac{{\partial L}}{{\partial {self.weights.tensor.latex}_{{#}}}}",
            self.axes,
            "derivative of the loss with respect to the weight",
            body,
        )
        change = by_weight.tensor[at(self.axes)]
        mean = self.stage(
            "mean_gradient",
            r"\delta",
            self.rows,
            "mean of these derivatives under the weights",
            total(self.key.span, self.p * change),
        )
        by_score = self.stage(
            "grad_scores",
            r"\frac{\partial L}{\partial s_{#}}",
            self.axes,
            "derivative of the loss with respect to the score",
            self.p * (change - mean.tensor[at(self.rows)]),
        )
        return Backward((by_weight, mean, by_score), by_score.tensor[at(self.axes)])


@dataclass(frozen=True)
class Backward:
    """The gradient of the scores."""

    stages: tuple[Stage, ...]
    s: Read
    """∂L/∂s_ij."""

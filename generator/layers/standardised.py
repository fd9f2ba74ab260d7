"""y = (x - μ) / √(σ² + ε) · γ_c + β_c, where groups of values have a mean and a variance each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.build import total
from generator.formula.tree import (
    Equation,
    Expr,
    Neg,
    Num,
    Range,
    Stage,
    Tensor,
    Var,
    When,
    add,
    mul,
)
from generator.layers import moments
from generator.layers.axes import Axis, at, lengths
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Standardised:
    """The tensors and groups of one call; the input has a channel axis, and weights for each."""

    axes: tuple[Axis, ...]
    channel: Axis
    group: tuple[Expr, ...]
    """Where the statistics of the element at hand are."""
    own: tuple[Var, ...]
    """Indices of the statistics."""
    sizes: tuple[Expr, ...]
    """Their lengths."""
    spans: tuple[Range, ...]
    """What is averaged."""
    inside: tuple[Expr, ...]
    """Indices of an element of the group that `own` names."""

    @property
    def x(self) -> Tensor:
        """The input."""
        return Tensor("input", "x", lengths(self.axes), "input of the layer", label="Input")

    @property
    def y(self) -> Tensor:
        """The output."""
        return Tensor("output", "y", lengths(self.axes), "output of the layer", "result")

    @property
    def weight(self) -> Tensor:
        """γ, one for each channel."""
        return self._parameter("weight", r"\gamma", "Weight")

    @property
    def bias(self) -> Tensor:
        """β, one for each channel."""
        return self._parameter("bias", r"\beta", "Bias")

    def _parameter(self, name: str, latex: str, label: str) -> Tensor:
        return Tensor(name, latex, (self.channel.length,), name, "parameter", label=label)

    @property
    def scale(self) -> When:
        """γ where there is one."""
        return When("weight", self.weight[self.channel.at])

    @property
    def shift(self) -> When:
        """β where there is one."""
        return When("bias", self.bias[self.channel.at])

    def statistic(self, name: str, latex: str, meaning: str, body: Expr) -> Stage:
        """A quantity with one value for each group; the body stands at `inside`."""
        latex = latex if self.own else latex.removesuffix("_{#}")
        return Stage(Tensor(name, latex, self.sizes, meaning, "stage"), self.own, body)

    def everywhere(self, name: str, latex: str, meaning: str, body: Expr) -> Stage:
        """A quantity with one value for each element."""
        return moments.stage(name, latex, self.axes, meaning, body)

    def averaged(self, body: Expr) -> Expr:
        """The mean of the body over a group."""
        return total(self.spans, body) / moments.COUNT

    @property
    def mean(self) -> Stage:
        """μ."""
        return self.statistic("mean", r"\mu", "mean", self.averaged(self.x[self.inside]))

    @property
    def variance(self) -> Stage:
        """σ², biased."""
        deviation = self.x[self.inside] - self.mean.tensor[self.own]
        meaning = "variance, biased: the mean of the squared deviations"
        return self.statistic("variance", r"\sigma^2_{#}", meaning, self.averaged(deviation**2))

    @property
    def root(self) -> Expr:
        """√(σ² + ε) at the element."""
        return moments.root(self.variance.tensor[self.group])

    @property
    def rounded(self) -> tuple[Stage, Stage, Stage]:
        """1 / √(σ² + ε), the last, as torch rounds it: see `moments.accumulated`."""
        meaning = "mean, with a rounding of its own"
        so_far = self.everywhere("mean_so_far", "m", meaning, self.mean.tensor[self.group])
        deviation = self.x[self.inside] - so_far.tensor[self.inside]
        body = self.averaged(deviation**2)
        spread = self.statistic("variance_so_far", "v", "variance, in one pass", body)
        inverse = Num(1) / moments.root(spread.tensor[self.own])
        meaning = "1 over the standard deviation"
        return so_far, spread, self.statistic("inverse", "r", meaning, inverse)

    @property
    def inverse(self) -> Tensor:
        """1 / √(σ² + ε), as torch rounds it."""
        return self.rounded[-1].tensor

    @property
    def hat(self) -> Stage:
        """The normalised input."""
        body = (self.x[at(self.axes)] - self.mean.tensor[self.group]) / self.root
        meaning = "normalised input, before weight and bias"
        return self.everywhere("normalised", r"\hat{x}", meaning, body)

    def forward(self) -> Equation:
        """The output; torch applies one multiply and one add: x·α + (β - μ·α) with α = γ·r."""
        i = at(self.axes)
        centre = self.mean.tensor[self.group]
        slope = self.everywhere(
            "slope",
            r"\alpha",
            "weight over the standard deviation",
            mul(self.scale, self.inverse[self.group]),
        )
        alpha = slope.tensor[i]
        return Equation(
            self.y,
            i,
            mul((self.x[i] - centre) / self.root, self.scale) + self.shift,
            (self.x, self.weight, self.bias),
            (self.mean, self.variance, *self.rounded, slope),
            arithmetic=add(self.x[i] * alpha, add(self.shift, Neg(centre * alpha))),
        )

    @property
    def weighted(self) -> Stage:
        """The upstream gradient, times γ."""
        i = at(self.axes)
        meaning = "upstream gradient, times the weight where there is one"
        return self.everywhere("weighted", "g", meaning, mul(upstream(self.y)[i], self.scale))

    def by_input(self, arithmetic: Expr, stages: Sequence[Stage]) -> Equation:
        """∂L/∂x = (g - mean of g - x̂ · mean of g x̂) / √(σ² + ε), with g times γ."""
        i, inside, hat, g = at(self.axes), self.inside, self.hat.tensor, self.weighted.tensor
        plain = self.averaged(g[inside])
        mean = self.statistic("mean_weighted", r"\overline{g}_{#}", "mean of g", plain)
        along = self.statistic(
            "mean_weighted_normalised",
            r"\overline{g\hat{x}}_{#}",
            "mean of g times the normalised input",
            self.averaged(g[inside] * hat[inside]),
        )
        inner = g[i] - mean.tensor[self.group] - hat[i] * along.tensor[self.group]
        own = (self.mean, self.variance, self.hat, self.weighted, mean, along, *self.rounded)
        return Equation(
            gradient_of(self.x),
            i,
            inner / self.root,
            (upstream(self.y), self.x, self.weight),
            (*own, *stages),
            arithmetic=arithmetic,
        )

    def by_weight(self, arithmetic: Expr, stages: Sequence[Stage]) -> Equation:
        """∂L/∂γ_c = Σ g x̂ over all elements of the channel."""
        i, g = at(self.axes), upstream(self.y)
        return Equation(
            gradient_of(self.weight),
            (self.channel.at,),
            self.over_channel(g[i] * self.hat.tensor[i]),
            (g, self.x),
            (self.mean, self.variance, self.hat, *self.rounded, *stages),
            arithmetic=arithmetic,
        )

    def by_bias(self) -> Equation:
        """∂L/∂β_c = Σ g over all elements of the channel."""
        g = upstream(self.y)
        body = self.over_channel(g[at(self.axes)])
        return Equation(gradient_of(self.bias), (self.channel.at,), body, (g,))

    def over_channel(self, body: Expr) -> Expr:
        """The sum over all elements of the channel."""
        spans = [a.span for a in self.axes if a is not self.channel]
        return total(spans, body) if spans else body

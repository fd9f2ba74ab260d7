"""What a batch normalisation reads: its tensors and statistics, the batch's or running ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.tree import Expr, Num, Stage, Tensor, When
from generator.layers import moments
from generator.layers.axes import Axis, at, lengths


@dataclass(frozen=True)
class BatchNorm:
    """The tensors of one batch normalisation; `mean` and `variance` are stages or operands."""

    axes: tuple[Axis, ...]
    x: Tensor
    weight: Tensor
    bias: Tensor
    y: Tensor
    mean: Tensor
    variance: Tensor
    given: tuple[Tensor, ...]
    """The running statistics where they are the ones used."""
    stages: tuple[Stage, ...]
    """Mean and variance where they are the batch's."""

    @property
    def channel(self) -> tuple[Axis, ...]:
        """The axis that statistics and parameters have."""
        return self.axes[1:2]

    @property
    def over(self) -> tuple[Axis, ...]:
        """The axes that are averaged."""
        return (self.axes[0], *self.axes[2:])

    @property
    def scale(self) -> When:
        """γ where there is one."""
        return When("weight", self.weight[at(self.channel)])

    @property
    def rounded(self) -> tuple[Stage, ...]:
        """1 / √(σ² + ε), the last, as torch rounds it: once for each channel."""
        spread, before = self.variance, self.stages
        if before:
            before = moments.accumulated(self.x, self.axes, self.channel, self.mean)
            spread = before[-1].tensor
        body = Num(1) / moments.deviation_root(spread, self.channel)
        meaning = "1 over the standard deviation"
        return *before, moments.stage("inverse", "r", self.channel, meaning, body)

    @property
    def inverse(self) -> Expr:
        """1 / √(σ² + ε) of the element's channel, as torch rounds it."""
        return self.rounded[-1].tensor[at(self.channel)]

    @property
    def normalised(self) -> Stage:
        """x̂."""
        body = moments.normalised(self.x, self.axes, self.channel, self.mean, self.variance)
        meaning = "normalised input, before weight and bias"
        return moments.stage("normalised", r"\hat{x}", self.axes, meaning, body)


def batch_norm_of(axes: tuple[Axis, ...], *, batch: bool) -> BatchNorm:
    """The declarations; with `batch` the statistics are the batch's own."""
    channel = axes[1:2]
    sizes = lengths(channel)
    x = Tensor("input", "x", lengths(axes), "input of the layer", label="Input")
    mean = Tensor("running_mean", r"\mu", sizes, "running mean", "statistic", label="Running Mean")
    variance = Tensor(
        "running_var",
        r"\sigma^2_{#}",
        sizes,
        "running variance",
        "statistic",
        label="Running Variance",
    )
    given: tuple[Tensor, ...] = (mean, variance)
    stages: tuple[Stage, ...] = ()
    if batch:
        centre = moments.mean(x, axes, channel)
        spread = moments.variance(x, axes, channel, centre.tensor)
        mean, variance = centre.tensor, spread.tensor
        given, stages = (), (centre, spread)
    return BatchNorm(
        axes,
        x,
        Tensor("weight", r"\gamma", sizes, "weight", "parameter", label="Weight"),
        Tensor("bias", r"\beta", sizes, "bias", "parameter", label="Bias"),
        Tensor("output", "y", lengths(axes), "output of the layer", "result"),
        mean,
        variance,
        given,
        stages,
    )


def averaged(shape: Sequence[int]) -> int:
    """How many values of one channel there are."""
    return math.prod((shape[0], *shape[2:]))

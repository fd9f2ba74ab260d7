"""y = Σ (x - t)² / N: how far predictions are from their targets, squared."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.layers.dtypes import refuse_unless
from generator.layers.element_losses import PREDICTION, TARGET, ElementLoss, repeated, tried
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.nn.MSELoss",
    "torch.nn.functional.mse_loss",
    arguments="input, target, size_average=None, reduce=None, reduction='mean', weight=None",
    title="Mean squared error",
    search=("L2 loss", "least squares", "nn.MSELoss", "F.mse_loss"),
)
def mse_loss(call: Call) -> Formula:
    """The squared error; ∂L/∂x = 2 g (x - t) / N, and its negative for the target."""
    refuse_unless(None, call, "weight")
    loss = ElementLoss.of(call, {"input": PREDICTION, "target": TARGET})
    x, t, g = loss["input"], loss["target"], loss.arriving
    return loss.formula(
        "The squared differences between input and target",
        loss.forward((x - t) ** 2),
        loss.gradients({"input": 2 * g * (x - t), "target": 2 * g * (t - x)}),
        products=0 if loss.how == "none" else 1,
    )


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape)


examples(
    *tried("MSELoss", lambda how: nn.MSELoss(reduction=how), _pair),
    repeated(F.mse_loss, (2, 3), (3,)),
    repeated(F.mse_loss, (2, 1), (3,), reduction="none"),
    Example("F.mse_loss", lambda: (F.mse_loss, (torch.randn(2, 3), torch.randn(2, 3)), {})),
    Example("a perfect prediction", lambda: (F.mse_loss, (torch.ones(2, 3), torch.ones(2, 3)), {})),
    Example(
        "large and close",
        lambda: (F.mse_loss, (torch.randn(20) + 1e4, torch.randn(20) + 1e4), {}),
    ),
    Example(
        "whole targets", lambda: (F.mse_loss, (torch.randn(2, 3), torch.ones(2, 3).long()), {})
    ),
)

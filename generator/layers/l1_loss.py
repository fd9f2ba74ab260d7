"""y = Σ |x - t| / N: how far predictions are from their targets."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply
from generator.layers.dtypes import refuse_unless
from generator.layers.element_losses import PREDICTION, TARGET, ElementLoss, repeated, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_AT_ZERO = Note(
    "No slope at zero",
    r"Where \(x = t\) the slope jumps from −1 to 1 and has no value; torch takes 0 there.",
)


@explains(
    "torch.nn.L1Loss",
    "torch.nn.functional.l1_loss",
    arguments="input, target, size_average=None, reduce=None, reduction='mean', weight=None",
    title="Mean absolute error",
    search=("L1 loss", "MAE", "least absolute deviations", "nn.L1Loss", "F.l1_loss"),
)
def l1_loss(call: Call) -> Formula:
    """The absolute error."""
    refuse_unless(None, call, "weight")
    loss = ElementLoss.of(call, {"input": PREDICTION, "target": TARGET})
    difference = loss["input"] - loss["target"]
    part = loss.arriving * apply("sign", difference)
    return loss.formula(
        "The absolute differences between input and target",
        loss.forward(abs(difference)),
        loss.gradients({"input": part, "target": -part}),
        notes=(_AT_ZERO,),
    )


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape)


examples(
    *tried("L1Loss", lambda how: nn.L1Loss(reduction=how), _pair),
    repeated(F.l1_loss, (2, 3), (3,)),
    repeated(F.l1_loss, (2, 3, 1), (1, 4), reduction="none"),
    Example("equal", lambda: (F.l1_loss, (torch.ones(2, 3), torch.ones(2, 3)), {})),
    Example("whole targets", lambda: (F.l1_loss, (torch.randn(2, 3), torch.ones(2, 3).long()), {})),
)

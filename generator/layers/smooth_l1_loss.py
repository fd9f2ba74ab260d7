"""y = d²/(2β) where |d| < β, otherwise |d| - β/2, of d = x - t: quadratic near 0, then linear."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.text import plain_number
from generator.formula.tree import Expr, Sym
from generator.layers.broadcasting import number
from generator.layers.dtypes import spelled
from generator.layers.element_losses import PREDICTION, TARGET, ElementLoss, repeated, tried
from generator.layers.l1_loss import l1_loss
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_BETA = Sym("beta", r"\beta", "difference from which on it is linear", integer=False)
_HUBER = Note(
    "The Huber loss divided by β",
    r"With \(\beta \to 0\) it becomes the L1 loss, while the Huber loss becomes 0.",
)


@explains(
    "torch.nn.SmoothL1Loss",
    "torch.nn.functional.smooth_l1_loss",
    "torch._C._nn.smooth_l1_loss",
    arguments="input, target, size_average=None, reduce=None, reduction='mean', beta=1.0",
    title="Smooth L1 loss",
    search=("Huber loss", "bounding boxes", "nn.SmoothL1Loss", "F.smooth_l1_loss"),
)
def smooth_l1_loss(call: Call) -> Formula:
    """The absolute error with a round bottom."""
    beta = number(call, "beta")
    if beta == 0:
        return l1_loss(call)
    if beta < 0:
        raise Refused(f"{spelled(call)}(beta={beta}): this configuration is not explained")
    loss = ElementLoss.of(call, {"input": PREDICTION, "target": TARGET})
    d = loss["input"] - loss["target"]
    near = abs(d) < _BETA
    slope: Expr = cases((near, d / _BETA), otherwise=apply("sign", d))
    return loss.formula(
        "The differences between input and target, squared and halved where they are less than "
        f"{plain_number(beta)}, and otherwise their absolute value less a half of that"
        if beta == 1
        else "The differences between input and target: a parabola where they are less than "
        f"{plain_number(beta)}, and otherwise the absolute value less {plain_number(beta / 2)}",
        loss.forward(cases((near, d**2 / (2 * _BETA)), otherwise=abs(d) - _BETA / 2)),
        loss.gradients({"input": loss.arriving * slope, "target": -(loss.arriving * slope)}),
        settings={"beta": beta},
        notes=() if beta == 1 else (_HUBER,),
        products=0 if loss.how == "none" else 1,
    )


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape)


examples(
    *tried("SmoothL1Loss", lambda how: nn.SmoothL1Loss(reduction=how), _pair),
    *tried("SmoothL1Loss 0.3", lambda how: nn.SmoothL1Loss(reduction=how, beta=0.3), _pair),
    repeated(F.smooth_l1_loss, (2, 3), (3,)),
    repeated(F.smooth_l1_loss, (2, 3), (2, 3), beta=0),
    Example(
        "at the corner",
        lambda: (F.smooth_l1_loss, (torch.tensor([1.0, -1, 0, 2]), torch.zeros(4)), {}),
    ),
)

"""y = d²/2 where |d| ≤ δ, otherwise δ (|d| - δ/2), of d = x - t (P. J. Huber, 1964)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.text import plain_number
from generator.formula.tree import Expr, Sym
from generator.layers.broadcasting import number
from generator.layers.dtypes import refuse_unless
from generator.layers.element_losses import PREDICTION, TARGET, ElementLoss, repeated, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_DELTA = Sym("delta", r"\delta", "difference from which on it is linear", integer=False)
_ROBUST = Note(
    "Outliers count linearly",
    r"From a difference of \(\delta\) on the gradient stays \(\pm\delta\), however large it is.",
)


@explains(
    "torch.nn.HuberLoss",
    "torch.nn.functional.huber_loss",
    "torch._C._nn.huber_loss",
    arguments="input, target, reduction='mean', delta=1.0, weight=None",
    title="Huber loss",
    search=("robust regression", "smooth L1", "nn.HuberLoss", "F.huber_loss"),
)
def huber_loss(call: Call) -> Formula:
    """The squared error that becomes linear far from the target."""
    refuse_unless(None, call, "weight")
    delta = number(call, "delta")
    loss = ElementLoss.of(call, {"input": PREDICTION, "target": TARGET})
    d = loss["input"] - loss["target"]
    near = abs(d) <= _DELTA
    slope: Expr = cases((near, d), otherwise=_DELTA * apply("sign", d))
    return loss.formula(
        "Half the squared differences between input and target, growing linearly from "
        f"{plain_number(delta)} on",
        loss.forward(cases((near, d**2 / 2), otherwise=_DELTA * (abs(d) - _DELTA / 2))),
        loss.gradients({"input": loss.arriving * slope, "target": -(loss.arriving * slope)}),
        settings={"delta": delta},
        notes=(_ROBUST,),
        products=0 if loss.how == "none" else 1,
    )


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape)


examples(
    *tried("HuberLoss", lambda how: nn.HuberLoss(reduction=how), _pair),
    *tried("HuberLoss 0.3", lambda how: nn.HuberLoss(reduction=how, delta=0.3), _pair),
    repeated(F.huber_loss, (2, 3), (3,)),
    Example(
        "at the corner",
        lambda: (F.huber_loss, (torch.tensor([1.0, -1, 0, 2]), torch.zeros(4)), {}),
    ),
)

"""y = max(0, -t (a - b) + Δ): the input that should rank higher has to, by a margin."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import bracket, larger
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.broadcasting import Words, number
from generator.layers.element_losses import ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_MARGIN = Sym("margin", r"\Delta", "margin", integer=False)
_WORDS = {
    "input1": Words("a", "First", "first input"),
    "input2": Words("b", "Second", "second input"),
    "target": Words("t", "Target", "1 where the first should be larger, −1 where the second"),
}
_AT_ZERO = Note(
    "No slope at the margin",
    "Where the loss just reaches 0 its slope has no value; torch lets the gradient through there.",
)


@explains(
    "torch.nn.MarginRankingLoss",
    "torch.nn.functional.margin_ranking_loss",
    arguments="input1, input2, target, margin=0.0, size_average=None, reduce=None, "
    "reduction='mean'",
    title="Margin ranking loss",
    search=("ranking", "hinge", "nn.MarginRankingLoss", "F.margin_ranking_loss"),
)
def margin_ranking_loss(call: Call) -> Formula:
    """The ranking loss of two inputs."""
    margin = number(call, "margin")
    loss = ElementLoss.of(call, _WORDS)
    a, b, t = loss["input1"], loss["input2"], loss["target"]
    miss = -(t * (a - b)) + _MARGIN
    g = loss.arriving * bracket(miss >= 0)
    return loss.formula(
        "How far each pair is from being ranked as the target says, by a margin of "
        f"{plain_number(margin)}",
        loss.forward(larger(miss, 0)),
        loss.gradients({"input1": -(g * t), "input2": g * t, "target": -(g * (a - b))}),
        settings={"margin": margin},
        notes=(_AT_ZERO,),
    )


def _operands(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape), torch.randn(shape).sign()


examples(
    *tried("MarginRankingLoss", lambda how: nn.MarginRankingLoss(reduction=how), _operands),
    *tried("with a margin", lambda how: nn.MarginRankingLoss(0.75, reduction=how), _operands),
    Example(
        "at the margin",
        lambda: (
            F.margin_ranking_loss,
            (torch.ones(3), torch.tensor([1.0, 2, 0]), torch.tensor([1.0, 1, -1])),
            {"margin": 1.0},
        ),
    ),
)

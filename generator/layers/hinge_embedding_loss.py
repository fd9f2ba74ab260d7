"""y = x for pairs that belong together (t = 1), max(0, Δ - x) for others (t = -1)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import bracket, larger, unequal
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.broadcasting import Words, number
from generator.layers.element_losses import ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_MARGIN = Sym("margin", r"\Delta", "distance from which on others cost nothing", integer=False)
_WORDS = {
    "input": Words("x", "Input", "distance of a pair"),
    "target": Words("t", "Target", "1 for a pair that belongs together, −1 for others"),
}
_OTHER_TARGETS = Note(
    "Only 1 and −1 are targets",
    "Nothing checks it: for any other number torch adds both terms.",
)


@explains(
    "torch.nn.HingeEmbeddingLoss",
    "torch.nn.functional.hinge_embedding_loss",
    arguments="input, target, margin=1.0, size_average=None, reduce=None, reduction='mean'",
    title="Hinge embedding loss",
    search=("contrastive loss", "nn.HingeEmbeddingLoss", "F.hinge_embedding_loss"),
)
def hinge_embedding_loss(call: Call) -> Formula:
    """The contrastive loss of distances."""
    margin = number(call, "margin")
    loss = ElementLoss.of(call, _WORDS)
    x, t, g = loss["input"], loss["target"], loss.arriving
    near, far = bracket(unequal(t, -1)), bracket(unequal(t, 1))
    return loss.formula(
        "The distances of pairs that belong together, and of others what is missing to "
        f"{plain_number(margin)}",
        loss.forward(near * x + far * larger(_MARGIN - x, 0)),
        loss.gradients({"input": g * near - g * far * bracket(_MARGIN - x >= 0), "target": 0 * g}),
        settings={"margin": margin},
        notes=(_OTHER_TARGETS,),
    )


def _operands(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return 1.5 * torch.rand(shape), torch.randn(shape).sign()


examples(
    *tried("HingeEmbeddingLoss", lambda how: nn.HingeEmbeddingLoss(reduction=how), _operands),
    *tried("margin 0.75", lambda how: nn.HingeEmbeddingLoss(0.75, reduction=how), _operands),
    Example(
        "at the margin",
        lambda: (
            F.hinge_embedding_loss,
            (torch.tensor([1.0, 1, 0]), torch.tensor([1, -1, 3])),
            {"reduction": "none"},
        ),
    ),
)

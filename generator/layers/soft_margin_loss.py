"""y = log(1 + e^(-t x)): the logistic loss of scores whose targets are 1 and -1."""

from __future__ import annotations

import torch
from torch import nn

from generator.formula.build import apply
from generator.layers.broadcasting import Words
from generator.layers.element_losses import ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_WORDS = {
    "input": Words("x", "Input", "score"),
    "target": Words("t", "Target", "1 or −1"),
}
_OVERFLOW = Note(
    "Scores that are far off overflow",
    r"Torch calculates \(e^{-tx}\) as it stands: in float32 the loss is infinite from about "
    r"\(tx = -89\) on. Binary cross entropy with logits is the same loss without this limit.",
)


@explains(
    "torch.nn.SoftMarginLoss",
    "torch.nn.functional.soft_margin_loss",
    arguments="input, target, size_average=None, reduce=None, reduction='mean'",
    title="Soft margin loss",
    search=("logistic loss", "nn.SoftMarginLoss", "F.soft_margin_loss"),
)
def soft_margin_loss(call: Call) -> Formula:
    """The logistic loss."""
    if call.output.dtype == "float16":
        raise Refused("soft_margin_loss in float16: its exponentials overflow from e^11 on")
    loss = ElementLoss.of(call, _WORDS)
    x, t = loss["input"], loss["target"]
    power = apply("exp", -(t * x))
    share = power / (1 + power)
    # the target has no gradient by definition
    return loss.formula(
        "The logarithm of 1 plus the exponential of minus score times target",
        loss.forward(apply("log1p", power)),
        loss.gradients({"input": -(loss.arriving * t * share)}),
        notes=(_OVERFLOW,),
    )


def _operands(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return 3 * torch.randn(shape), torch.randn(shape).sign().long()


def _in_bfloat16() -> tuple[torch.Tensor, ...]:
    scores, targets = _operands((4, 5))
    return scores.bfloat16(), targets


examples(
    *tried("SoftMarginLoss", lambda how: nn.SoftMarginLoss(reduction=how), _operands, half=False),
    Example("in bfloat16", lambda: (nn.SoftMarginLoss(), _in_bfloat16(), {})),
)

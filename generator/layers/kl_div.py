"""y = t (log t - x): the Kullback-Leibler divergence of shares t from log-probabilities x."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, equal
from generator.layers.broadcasting import Words
from generator.layers.element_losses import ElementLoss, repeated, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_LOGARITHM = Words("x", "Input", "logarithm of a predicted probability")
_SHARE = Words("t", "Target", "wanted probability")
_LOG_SHARE = Words("t", "Target", "logarithm of a wanted probability")
_ARGUMENTS = (
    "Logarithms go in",
    "The input is taken as it is: nothing checks that it holds logarithms of probabilities.",
)
_WRONG_MEAN = Note(
    "The mean is not the divergence",
    "`reduction='mean'` divides by the number of all elements. The divergence of a batch of "
    "distributions is `reduction='batchmean'`, which divides by the batch size.",
)
_ZERO = Note(
    "Shares of zero",
    r"For \(t = 0\) torch takes \(t \log t\) as 0.",
)


@explains(
    "torch.nn.KLDivLoss",
    "torch.nn.functional.kl_div",
    arguments="input, target, size_average=None, reduce=None, reduction='mean', log_target=False",
    title="Kullback–Leibler divergence",
    search=("KL divergence", "relative entropy", "distillation", "nn.KLDivLoss", "F.kl_div"),
)
def kl_div(call: Call) -> Formula:
    """The divergence, of wanted probabilities or of their logarithms."""
    logs, per_sample = bool(call.options["log_target"]), call.options["reduction"] == "batchmean"
    known = {"input": _LOGARITHM, "target": _LOG_SHARE if logs else _SHARE}
    loss = ElementLoss.of(call, known, per_sample=per_sample)
    if per_sample:
        loss = replace(loss, per_sample=len(call.shape()) > 0)
    x, t, g = loss["input"], loss["target"], loss.arriving
    share = apply("exp", t) if logs else t
    if logs:
        value = share * (t - x)
        by_target = g * share * (t - x + 1)
    else:
        value = cases((equal(t, 0), 0), otherwise=t * apply("log", t)) - t * x
        by_target = g * (apply("log", t) + 1 - x)
    return loss.formula(
        "How much the logarithms of the wanted probabilities exceed the input, weighted with these "
        "probabilities",
        loss.forward(value),
        loss.gradients({"input": -(g * share), "target": by_target}),
        notes=(
            Note(*_ARGUMENTS),
            *((_WRONG_MEAN,) if loss.how == "mean" and not per_sample else ()),
            *(() if logs else (_ZERO,)),
        ),
        products=1 if logs else 2,
    )


def _logs(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape).log_softmax(-1) if shape else -torch.rand(())


def _shares(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return _logs(shape), _logs(shape).exp()


def _both(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return _logs(shape), _logs(shape)


examples(
    *tried("KLDivLoss", lambda how: nn.KLDivLoss(reduction=how), _shares),
    *tried("KLDivLoss, logs", lambda how: nn.KLDivLoss(reduction=how, log_target=True), _both),
    Example("batchmean", lambda: (nn.KLDivLoss(reduction="batchmean"), _shares((3, 4)), {})),
    Example(
        "batchmean, logs",
        lambda: (nn.KLDivLoss(reduction="batchmean", log_target=True), _both((3, 4, 2)), {}),
    ),
    repeated(F.kl_div, (2, 3), (3,), reduction="none"),
)

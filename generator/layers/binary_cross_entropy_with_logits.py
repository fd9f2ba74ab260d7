"""y = -(p t log σ(x) + (1 - t) log σ(-x)) w: sigmoid and binary cross entropy in one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Expr, Stage
from generator.layers.broadcasting import Words
from generator.layers.element_losses import TARGET, WEIGHT, ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_SCORE = Words("x", "Input", "score before the sigmoid")
_POSITIVE = Words("p", "Positive Weight", "weight of a yes")
_LOGITS = Note(
    "Scores go in, not probabilities",
    "The sigmoid is part of this loss. A sigmoid before it would be applied twice.",
)
_STABLE = Note(
    "Why not log(sigmoid(x))",
    r"\(\log(1 - \sigma(x)) = \log \sigma(x) - x\), so one logarithm serves both terms; it is "
    "calculated without any sigmoid, so that it keeps its digits however large a score is.",
)
_UNBALANCED = Note(
    "The weight of a yes",
    "Only what the target has of a yes is multiplied by `pos_weight`; more than 1 makes a missed "
    "yes cost more than a false one.",
)


@explains(
    "torch.nn.BCEWithLogitsLoss",
    "torch.nn.functional.binary_cross_entropy_with_logits",
    arguments="input, target, weight=None, size_average=None, reduce=None, reduction='mean', "
    "pos_weight=None",
    title="Binary cross entropy with logits",
    search=(
        "BCE",
        "sigmoid cross entropy",
        "logistic loss",
        "nn.BCEWithLogitsLoss",
        "F.binary_cross_entropy_with_logits",
    ),
)
@explains(
    "torch.binary_cross_entropy_with_logits",
    arguments="input, target, weight=None, pos_weight=None, reduction='mean'",
    title="Binary cross entropy with logits",
    search=("BCE", "sigmoid cross entropy", "logistic loss"),
)
def binary_cross_entropy_with_logits(call: Call) -> Formula:
    """The binary cross entropy of scores."""
    known = {"input": _SCORE, "target": TARGET, "weight": WEIGHT, "pos_weight": _POSITIVE}
    loss = ElementLoss.of(call, known)
    weighted, unbalanced = "weight" in call.tensors, "pos_weight" in call.tensors
    x, t = loss["input"], loss["target"]
    stage, log_share = _log_sigmoid(loss, x)
    p = loss["pos_weight"] if unbalanced else x
    share: Expr = (1 + (p - 1) * t) * log_share if unbalanced else log_share
    value = (1 - t) * x - share
    wanted = p * t if unbalanced else t
    mass = 1 + wanted - t if unbalanced else 1
    slope = apply("sigmoid", x) * mass - wanted if unbalanced else apply("sigmoid", x) - t
    by_target = -x - (p - 1) * log_share if unbalanced else -x

    def weigh(found: Expr) -> Expr:
        return found * loss["weight"] if weighted else found

    return loss.formula(
        "Minus the logarithm of the probability that the sigmoid gives to yes, times the target, "
        f"and of the one that it gives to no, times the rest{_weights(call)}",
        loss.forward(weigh(value), stages=(stage,)),
        loss.gradients(
            {
                "input": weigh(loss.arriving * slope),
                "target": weigh(loss.arriving * by_target),
            },
            stages=(stage,),
        ),
        notes=(_LOGITS, _STABLE, *((_UNBALANCED,) if unbalanced else ())),
        products=2,
    )


def _log_sigmoid(loss: ElementLoss, x: Expr) -> tuple[Stage, Expr]:
    """log σ(x), with the exponent that is not positive."""
    below = x - apply("log1p", apply("exp", x))
    body = cases((x < 0, below), otherwise=-apply("log1p", apply("exp", -x)))
    return loss.stage("log_sigmoid", r"\ell", "logarithm of the sigmoid of x", body)


def _weights(call: Call) -> str:
    names = {"weight": "weighted", "pos_weight": "with a weight for yes"}
    found = [text for name, text in names.items() if name in call.tensors]
    return "".join(f", {text}" for text in found)


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return 3 * torch.randn(shape), torch.rand(shape)


def _call(**options: tuple[int, ...] | str) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        given: dict[str, object] = {
            name: nn.Buffer(torch.rand(value) + 0.5) if isinstance(value, tuple) else value
            for name, value in options.items()
        }
        function = F.binary_cross_entropy_with_logits
        return function, (torch.randn(2, 3), torch.rand(2, 3)), given

    return Example(f"with {options}", run)


examples(
    *tried("BCEWithLogitsLoss", lambda how: nn.BCEWithLogitsLoss(reduction=how), _pair),
    _call(weight=(3,)),
    _call(pos_weight=(3,)),
    _call(weight=(2, 1), pos_weight=(3,), reduction="sum"),
    _call(weight=(2, 3), pos_weight=(1,), reduction="none"),
    Example(
        "large scores",
        lambda: (
            F.binary_cross_entropy_with_logits,
            (torch.tensor([0.0, 90, -90, 300, -300, 20]), (torch.rand(6) > 0.5).float()),
            {"reduction": "none"},
        ),
    ),
)

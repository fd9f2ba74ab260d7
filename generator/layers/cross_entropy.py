"""y = -log(e^x[t] / Σ_j e^x[j]), over all positions: log-softmax and the log-likelihood in one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, bracket, equal
from generator.formula.configure import Setting
from generator.formula.tree import Equation
from generator.layers.class_labels import Labels, Loss, same_type
from generator.layers.class_probabilities import Probabilities
from generator.layers.reductions import words
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.smoothing import smoothed

_LOGITS = Note(
    "Scores go in, not probabilities",
    "The softmax is part of this loss. A softmax before it would be applied twice.",
)
_WEIGHTS = Note(
    "The mean is weighted too",
    "With class weights `reduction='mean'` divides by the sum of the weights of the true classes, "
    "not by the number of examples.",
)
_BY_COUNT = Note(
    "The mean is not weighted",
    "For targets that are probabilities `reduction='mean'` divides by the number of positions, "
    "with class weights too; for class labels it would divide by the sum of their weights.",
)
_SMOOTHING = Note(
    "Not zero at its best",
    "With label smoothing each wrong class is wanted a little, so that the loss stays above zero "
    "even for a perfect prediction.",
)


@explains(
    "torch.nn.CrossEntropyLoss",
    "torch.nn.functional.cross_entropy",
    arguments="input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, "
    "reduction='mean', label_smoothing=0.0",
    title="Cross entropy",
    search=("softmax loss", "log loss", "nn.CrossEntropyLoss", "F.cross_entropy"),
)
def cross_entropy(call: Call) -> Formula:
    """Cross entropy of class labels or of class probabilities."""
    loss = Loss.of(call)
    amount = call.options["label_smoothing"]
    if not isinstance(amount, int | float):
        message = f"{call.type}(label_smoothing={amount!r}): expected a number"
        raise Refused(message)
    settings = {"smoothing": float(amount), "smoothed": amount != 0, **loss.scores.settings}
    notes = (_LOGITS, *((_SMOOTHING,) if amount else ()))
    if call.shape() == call.shape("target"):
        return _of_probabilities(call, loss, settings, notes)
    return _of_labels(call, loss, settings, notes)


def _of_labels(
    call: Call, loss: Loss, settings: Mapping[str, Setting], notes: tuple[Note, ...]
) -> Formula:
    """-Σ w[t_n] ℓ[n, t_n] / Σ w[t_n], where ℓ is the logarithm of the share."""
    labels = Labels.of(call, loss)
    scores, t = loss.scores, labels.true
    log_share, last = scores.log_shares
    others = loss.over_classes(loss.weigh(loss.j, log_share[scores.at(loss.j)]))
    value = smoothed(loss.weigh(t, log_share[scores.at(t)]), others, scores.length)
    operands = loss.operands(scores.x, labels.t)
    stages = (*scores.stages, last, *labels.stages)
    weighted, smooth = loss.weighted and loss.reduction == "mean", bool(settings["smoothed"])
    return Formula(
        summary="Minus the logarithm of the probability that softmax gives to the true class, "
        f"{loss.weighing}{words(loss.reduction, loss.each)}.",
        forward=Equation(loss.y, loss.y_indices, labels.reduced(value), operands, stages),
        gradients={"input": _gradient_of_labels(loss, labels, smooth)},
        settings={**settings, "ignored": labels.ignore_index(call)},
        axes=loss.axes(loss.lead_names),
        multiply_adds=loss.weighted_terms(call, smooth=smooth),
        notes=(*notes, *((_WEIGHTS,) if weighted else ())),
    )


def _gradient_of_labels(loss: Loss, labels: Labels, smooth: bool) -> Equation:
    """∂L/∂x_c = g w_t (p_c - [c = t]) / M, where p = e^ℓ is the share."""
    scores, t = loss.scores, labels.true
    c = scores.indices[scores.place]
    log_share, last = scores.log_shares
    share = apply("exp", log_share[scores.indices])
    hit = bracket(equal(c, t))
    if loss.weighted and smooth:
        everything = smoothed(loss.w[t], loss.over_classes(loss.w[loss.j]), scores.length)
        body = share * everything - smoothed(loss.w[t] * hit, loss.w[c], scores.length)
    elif loss.weighted:
        body = loss.w[t] * (share - hit)
    else:
        body = share - smoothed(hit, None, scores.length)
    operands = loss.operands(scores.x, labels.t)
    stages = (*scores.stages, last, *labels.stages)
    return loss.gradient(scores.x, labels.scattered(body), operands, *stages)


def _of_probabilities(
    call: Call, loss: Loss, settings: Mapping[str, Setting], notes: tuple[Note, ...]
) -> Formula:
    """-Σ w[c] q[n, c] ℓ[n, c] / N, for targets that are shares of the classes themselves."""
    same_type(call, "target")
    given = Probabilities(loss)
    gradients = {"input": given.by_scores(), "target": given.by_target()}
    if loss.weighted:
        gradients["weight"] = given.by_weight()
    return Formula(
        summary="Minus the logarithms of the probabilities that softmax gives to the classes, "
        "weighted by the wanted probabilities and summed over the classes, "
        f"{loss.weighing}{words(loss.reduction, loss.each)}.",
        forward=given.forward(),
        gradients=gradients,
        settings=settings,
        axes=loss.axes(loss.scores.names),
        multiply_adds=math.prod(call.shape()),
        notes=(*notes, *((_BY_COUNT,) if loss.weighted and loss.reduction == "mean" else ())),
    )


def _targets(*shape: int) -> torch.Tensor:
    """Random classes for scores of that shape."""
    lead = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    return torch.randint(shape[min(1, len(shape) - 1)], lead)


def _shares(*shape: int) -> torch.Tensor:
    return torch.randn(shape).softmax(min(1, len(shape) - 1))


def _module(how: str, weighted: bool, smoothing: float, *shape: int, soft: bool = False) -> Example:
    def run() -> tuple[nn.Module, tuple[object, ...], dict[str, object]]:
        weight = torch.rand(shape[min(1, len(shape) - 1)]) + 0.1 if weighted else None
        module = nn.CrossEntropyLoss(weight, reduction=how, label_smoothing=smoothing)
        target = _shares(*shape) if soft else _targets(*shape)
        return module, (torch.randn(shape), target), {}

    kind = "probabilities" if soft else "labels"
    extra = ", class weights" if weighted else ""
    return Example(f"{kind} for {shape}, {how}, smoothing {smoothing}{extra}", run)


def _labelled(
    name: str, x: Callable[[], torch.Tensor], labels: list[int], **options: Any
) -> Example:
    return Example(name, lambda: (F.cross_entropy, (x(), torch.tensor(labels)), options))


_EVERY = [(how, w, e) for how in ("mean", "sum", "none") for w in (False, True) for e in (0.0, 0.1)]

examples(
    *(_module(how, w, e, 3, 4) for how, w, e in _EVERY),
    *(_module(how, w, e, 3, 4, soft=True) for how, w, e in _EVERY),
    *(_module(how, True, 0.2, 5) for how in ("mean", "sum", "none")),
    _module("mean", False, 0.0, 5),
    _module("mean", True, 0.3, 5, soft=True),
    _module("mean", False, 0.0, 1, 10),
    _module("mean", True, 0.0, 1, 1),
    _module("none", True, 0.1, 2, 3, 4),
    _module("mean", True, 0.1, 2, 3, 2, 2),
    _module("mean", True, 0.1, 2, 3, 2, 2, soft=True),
    _module("mean", False, 0.0, 2, 3, 1, 2, 2),
    _module("mean", False, 0.0, 100, 20),
    _module("mean", True, 0.1, 100, 20),
    _module("mean", True, 0.1, 100, 20, soft=True),
    _module("mean", False, 1.0, 3, 4),
    _labelled("ignored positions", lambda: torch.randn(4, 3), [1, -100, 0, -100]),
    _labelled("a class is ignored", lambda: torch.randn(4, 3), [1, 2, 0, 2], ignore_index=2),
    _labelled("ignored and smoothed", lambda: torch.randn(3, 3), [1, -100, 0], label_smoothing=0.1),
    _labelled("ignored, none", lambda: torch.randn(3, 3), [1, -100, 0], reduction="none"),
    _labelled("all ignored, sum", lambda: torch.randn(2, 3), [-100, -100], reduction="sum"),
    _labelled("logits of size 100", lambda: 100 * torch.randn(6, 3), [0, 1, 2, 0, 1, 2]),
    _labelled(
        "logits of size 100, smoothed",
        lambda: 100 * torch.randn(6, 3),
        [0, 1, 2, 0, 1, 2],
        label_smoothing=0.1,
    ),
    _labelled("sure and right", lambda: 30 * torch.eye(3), [0, 1, 2]),
    _labelled("sure and wrong", lambda: 300 * torch.eye(3), [1, 2, 0], reduction="none"),
)

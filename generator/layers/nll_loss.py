"""y = -Σ w[t_n] x[n, t_n] / Σ w[t_n]: the negative log-probability of the true classes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import bracket, equal
from generator.formula.tree import Equation
from generator.layers.class_labels import Labels, Loss
from generator.layers.reductions import words
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_LOGARITHMS = Note(
    "Log-probabilities go in",
    "The input is taken as it is: nothing checks that it holds logarithms of probabilities. Scores "
    "straight from a linear layer belong into cross entropy instead.",
)
_WEIGHTS = Note(
    "The mean is weighted too",
    "With class weights `reduction='mean'` divides by the sum of the weights of the true classes, "
    "not by the number of examples.",
)


@explains(
    "torch.nn.NLLLoss",
    "torch.nn.functional.nll_loss",
    arguments="input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, "
    "reduction='mean'",
    title="Negative log-likelihood",
    search=("NLL", "log-likelihood loss", "nn.NLLLoss", "F.nll_loss"),
)
def nll_loss(call: Call) -> Formula:
    """The negative log-likelihood of class labels, for any number of positions."""
    loss = Loss.of(call)
    labels = Labels.of(call, loss)
    scores = loss.scores
    x, t, c = scores.x, labels.true, scores.indices[scores.place]
    hit = bracket(equal(c, t))
    forward = Equation(
        loss.y,
        loss.y_indices,
        labels.reduced(loss.weigh(t, x[scores.at(t)])),
        loss.operands(x, labels.t),
        labels.stages,
    )
    gradient = loss.gradient(
        x,
        labels.scattered(loss.weigh(t, hit), -1),
        loss.operands(x, labels.t),
        *labels.stages,
    )
    weighted = loss.weighted and loss.reduction == "mean"
    return Formula(
        summary="Minus the log-probability of the true class, "
        f"{loss.weighing}{words(loss.reduction, loss.each)}.",
        forward=forward,
        gradients={"input": gradient},
        settings={**scores.settings, "ignored": labels.ignore_index(call)},
        axes=loss.axes(loss.lead_names),
        multiply_adds=loss.weighted_terms(call),
        notes=(_LOGARITHMS, *((_WEIGHTS,) if weighted else ())),
    )


def _logs(*shape: int) -> torch.Tensor:
    return torch.randn(shape).log_softmax(min(1, len(shape) - 1))


def _labels(*shape: int) -> torch.Tensor:
    """Random classes for log-probabilities of that shape."""
    lead = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    return torch.randint(shape[1] if len(shape) > 1 else shape[0], lead)


def _module(how: str, weighted: bool, *shape: int) -> Example:
    classes = shape[min(1, len(shape) - 1)]

    def run() -> tuple[nn.Module, tuple[object, ...], dict[str, object]]:
        weight = torch.rand(classes) + 0.1 if weighted else None
        return nn.NLLLoss(weight, reduction=how), (_logs(*shape), _labels(*shape)), {}

    name = f"NLLLoss({how}) of {shape}{', class weights' if weighted else ''}"
    return Example(name, run)


_HOW = ("mean", "sum", "none")

examples(
    *(_module(how, False, 3, 4) for how in _HOW),
    *(_module(how, True, 3, 4) for how in _HOW),
    *(_module(how, True, 5) for how in _HOW),
    _module("mean", False, 5),
    _module("mean", False, 1, 4),
    _module("mean", True, 1, 1),
    _module("none", True, 2, 3, 4),
    _module("mean", True, 2, 3, 2, 2),
    _module("mean", False, 2, 3, 1, 2, 2),
    _module("mean", True, 60, 10),
    _module("mean", False, 200, 10),
    Example(
        "F.nll_loss with ignored positions",
        lambda: (
            F.nll_loss,
            (_logs(4, 3), torch.tensor([1, -100, 0, -100])),
            {"reduction": "mean"},
        ),
    ),
    Example(
        "a class is ignored",
        lambda: (F.nll_loss, (_logs(4, 3), torch.tensor([1, 2, 0, 2])), {"ignore_index": 2}),
    ),
    Example(
        "an ignored position, none",
        lambda: (F.nll_loss, (_logs(3, 3), torch.tensor([1, -100, 0])), {"reduction": "none"}),
    ),
    Example(
        "all ignored, sum",
        lambda: (F.nll_loss, (_logs(2, 3), torch.tensor([-100, -100])), {"reduction": "sum"}),
    ),
    Example(
        "no log-probabilities",
        lambda: (F.nll_loss, (100 * torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])), {}),
    ),
)

"""y = -w (t log x + (1 - t) log(1 - x)): the negative log-likelihood of yes or no."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, larger
from generator.formula.tree import Expr, Num, Sym
from generator.layers.element_losses import (
    PREDICTION,
    TARGET,
    WEIGHT,
    ElementLoss,
    repeated,
    tried,
)
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_LEAST = Sym("least", "a", "least logarithm, which torch limits them to", integer=False)
_FLOOR = Sym("floor", r"\epsilon", "least slope that torch divides by", integer=False)
_SETTINGS = {"least": -100, "floor": 1e-12}
_PROBABILITIES = Note(
    "Probabilities go in",
    "The input has to lie between 0 and 1. For scores straight from a linear layer the loss with "
    "logits is more exact: near 0 and 1 a probability has lost its digits.",
)
_LIMITED = Note(
    "Logarithms are limited",
    r"Torch takes \(-100\) for any smaller logarithm, so that a wrong prediction of exactly 0 or 1 "
    r"costs 100 and not \(\infty\). The gradient is that of the unlimited loss, with at least "
    r"\(10^{-12}\) in its denominator.",
)


@explains(
    "torch.nn.BCELoss",
    "torch.nn.functional.binary_cross_entropy",
    arguments="input, target, weight=None, size_average=None, reduce=None, reduction='mean'",
    title="Binary cross entropy",
    search=("BCE", "log loss", "logistic loss", "nn.BCELoss", "F.binary_cross_entropy"),
)
def binary_cross_entropy(call: Call) -> Formula:
    """The binary cross entropy of probabilities."""
    known = {"input": PREDICTION, "target": TARGET, "weight": WEIGHT}
    loss = ElementLoss.of(call, known)
    x, t = loss["input"], loss["target"]
    yes, no = larger(_LEAST, apply("log", x)), larger(_LEAST, apply("log1p", -x))
    weighted = "weight" in call.tensors

    def weigh(value: Expr) -> Expr:
        return loss["weight"] * value if weighted else value

    by_input = weigh(loss.arriving * (x - t) / larger(_FLOOR, (1 - x) * x))
    by_target = weigh(loss.arriving * (apply("log", Num(1) - x) - apply("log", x)))
    return loss.formula(
        "Minus the logarithm of the probability that the input gives to yes, times the target, and "
        f"of the one that it gives to no, times the rest{', weighted' if weighted else ''}",
        loss.forward(weigh(-(t * yes + (1 - t) * no))),
        loss.gradients(
            {"input": by_input, "target": by_target},
        ),
        settings=_SETTINGS,
        notes=(_PROBABILITIES, _LIMITED),
        products=2,
    )


def _pair(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return 0.05 + 0.9 * torch.rand(shape), torch.rand(shape)


def _near() -> torch.Tensor:
    return torch.tensor([1e-7, 1e-4, 0.5, 1 - 1e-4, 1 - 1e-6])


examples(
    *tried("BCELoss", lambda how: nn.BCELoss(reduction=how), _pair),
    Example(
        "hard targets",
        lambda: (F.binary_cross_entropy, (torch.rand(3, 4), (torch.rand(3, 4) > 0.5).float()), {}),
    ),
    repeated(F.binary_cross_entropy, (4, 3), (4, 3)),
    Example("nearly certain", lambda: (F.binary_cross_entropy, (_near(), torch.rand(5)), {})),
)

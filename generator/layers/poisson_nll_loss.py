"""y = e^x - t x: the negative log-likelihood of counts t with the rate e^x, or with the rate x."""

from __future__ import annotations

import math

import torch
from torch import nn

from generator.formula.build import apply, cases
from generator.formula.tree import Num, Sym
from generator.layers.broadcasting import Words, number
from generator.layers.element_losses import ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_EPSILON = Sym("eps", r"\epsilon", "added to the rate before the logarithm", integer=False)
_PI = Sym("pi", r"\pi", "the circle's constant", integer=False)
_COUNT = Words("t", "Target", "count")
_CONSTANT = Note(
    "Up to a constant",
    r"The term \(\log t!\) of the likelihood does not depend on the input and is left out.",
)
_STIRLING = Note(
    "Stirling's approximation",
    r"\(\log t!\) is taken as \(t \log t - t + \tfrac{1}{2} \log(2 \pi t)\) for counts above 1, "
    "and as 0 for others.",
)


@explains(
    "torch.nn.PoissonNLLLoss",
    "torch.nn.functional.poisson_nll_loss",
    arguments="input, target, log_input=True, full=False, size_average=None, eps=1e-08, "
    "reduce=None, reduction='mean'",
    title="Poisson negative log-likelihood",
    search=("Poisson regression", "counts", "nn.PoissonNLLLoss", "F.poisson_nll_loss"),
)
def poisson_nll_loss(call: Call) -> Formula:
    """The loss of rates, or of their logarithms."""
    logs, full = bool(call.options["log_input"]), bool(call.options["full"])
    if full and call.tensors["target"].integer and call.output.dtype == "float64":
        raise Refused("poisson_nll_loss: torch takes logarithms of whole counts in float32")
    symbol = Words("x", "Input", "logarithm of the rate" if logs else "rate")
    loss = ElementLoss.of(call, {"input": symbol, "target": _COUNT})
    x, t, g = loss["input"], loss["target"], loss.arriving
    rate, log_rate = (apply("exp", x), x) if logs else (x, apply("log", x + _EPSILON))
    value = rate - t * log_rate
    slope = rate - t if logs else 1 - t / (x + _EPSILON)
    gradients = {"input": g * slope}
    if full:
        # torch's gradient by the target is NaN for a count of 0, so there is none here
        half = Num(0.5) * apply("log", 2 * _PI * t)
        value = value + cases((t <= 1, 0), otherwise=t * apply("log", t) - t + half)
    else:
        gradients["target"] = -(g * log_rate)
    return loss.formula(
        f"Rate minus count times logarithm of the rate{', plus log t!' if full else ''}",
        loss.forward(value),
        loss.gradients(gradients),
        settings={"eps": number(call, "eps"), "pi": math.pi},
        notes=(_STIRLING if full else _CONSTANT,),
        products=1,
    )


def _operands(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.rand(shape) + 0.1, torch.randint(0, 6, shape)


examples(
    *tried("PoissonNLLLoss", lambda how: nn.PoissonNLLLoss(reduction=how), _operands),
    Example("full", lambda: (nn.PoissonNLLLoss(full=True), _operands((4, 5)), {})),
    *tried("rates", lambda how: nn.PoissonNLLLoss(log_input=False, reduction=how), _operands),
)

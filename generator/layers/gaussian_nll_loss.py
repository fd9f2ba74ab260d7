"""y = ½ (log v + (x - t)² / v): the negative log-likelihood of targets with the variance v."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases
from generator.formula.tree import Expr, Num, Sym
from generator.layers.broadcasting import Words, number
from generator.layers.dtypes import spelled
from generator.layers.element_losses import TARGET, ElementLoss, tried
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_EPSILON = Sym("eps", r"\epsilon", "least variance", integer=False)
_PI = Sym("pi", r"\pi", "the circle's constant", integer=False)
_WORDS = {
    "input": Words("x", "Input", "predicted mean"),
    "target": TARGET,
    "var": Words("s", "Variance", "predicted variance", number="s"),
}
_LEAST = Note(
    "The least variance",
    "A smaller variance counts as ε. Its gradient is still passed on, as if it were ε itself.",
)
_CONSTANT = Note(
    "Up to a constant",
    r"The term \(\tfrac{1}{2} \log 2 \pi\) of the likelihood is left out (`full=False`).",
)


@explains(
    "torch.nn.GaussianNLLLoss",
    "torch.nn.functional.gaussian_nll_loss",
    arguments="input, target, var, full=False, eps=1e-06, reduction='mean'",
    title="Gaussian negative log-likelihood",
    search=("heteroscedastic regression", "nn.GaussianNLLLoss", "F.gaussian_nll_loss"),
)
def gaussian_nll_loss(call: Call) -> Formula:
    """The loss of a predicted mean and a predicted variance."""
    full = bool(call.options["full"])
    if "var" in call.tensors and len(call.shape("var")) != len(call.shape()):
        raise Refused(f"{spelled(call)}: a variance of shape {list(call.shape('var'))}")
    loss = ElementLoss.of(call, _WORDS)
    d, s, g = loss["input"] - loss["target"], loss["var"], loss.arriving
    body = cases((s < _EPSILON, s + apply("sg", _EPSILON - s)), otherwise=s)
    stage, v = loss.stage("variance", "v", "variance, at least ε", body)
    value: Expr = Num(0.5) * (apply("log", v) + d**2 / v)
    if full:
        value = value + Num(0.5) * apply("log", 2 * _PI)
    by_mean = g * (d / v)
    by_variance = g * (1 / v - d**2 / v**2) / 2
    steps = g * 0.5 / v - g * 0.5 * (d**2 / v / v)
    return loss.formula(
        "Half the logarithm of the variance and of the squared error over the variance",
        loss.forward(value, stages=(stage,)),
        loss.gradients(
            {"input": by_mean, "target": -by_mean, "var": by_variance},
            stages=(stage,),
            arithmetic={"var": steps},
        ),
        settings={"eps": number(call, "eps"), "pi": math.pi},
        notes=(_LEAST, *(() if full else (_CONSTANT,))),
        products=1,
    )


def _operands(shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    return torch.randn(shape), torch.randn(shape), torch.rand(shape) + 0.1


def _call(shape: tuple[int, ...], *, full: bool = False) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        given = torch.randn(2, 3, 4), torch.randn(2, 3, 4), torch.rand(shape)
        return F.gaussian_nll_loss, given, {"full": full}

    return Example(f"variance of {shape}, {full}", run)


examples(
    *tried("GaussianNLLLoss", lambda how: nn.GaussianNLLLoss(reduction=how), _operands),
    *tried("full", lambda how: nn.GaussianNLLLoss(full=True, reduction=how), _operands),
    _call((2, 3, 1)),
    _call((2, 1, 4), full=True),
    Example(
        "a variance of zero",
        lambda: (
            F.gaussian_nll_loss,
            (torch.zeros(3), 1e-3 * torch.randn(3), torch.tensor([0.0, 1e-9, 1.0])),
            {},
        ),
    ),
)

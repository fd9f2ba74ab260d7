"""y[…, o] = Σ_i Σ_j x¹[…, i] A[o, i, j] x²[…, j] + b[o]: a form that is linear in two inputs."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import When
from generator.layers.contraction import Contraction
from generator.layers.factors import Factor, axis, leading
from generator.layers.registry import Call, Example, Formula, examples, explains

_OUTPUT = axis("feature", "o", "O", "number of output features")
_FIRST = axis("first feature", "i", "I", "number of features of the first input")
_SECOND = axis("second feature", "j", "J", "number of features of the second input")


@explains(
    "torch.nn.Bilinear",
    "torch.nn.functional.bilinear",
    arguments="input1, input2, weight, bias=None",
    title="Bilinear",
    search=("bilinear form", "nn.Bilinear", "F.bilinear"),
)
def bilinear(call: Call) -> Formula:
    """A weighted sum of all products of a feature of one input and one of the other."""
    lead = leading(len(call.shape("input1")) - 1)
    meaning = "weight, one matrix for each output"
    contraction = Contraction(
        call,
        (
            Factor("input1", "x^{(1)}", (*lead, _FIRST), "First Input", "first input"),
            Factor("weight", "A", (_OUTPUT, _FIRST, _SECOND), "Weights", meaning, "parameter"),
            Factor("input2", "x^{(2)}", (*lead, _SECOND), "Second Input", "second input"),
        ),
        (*lead, _OUTPUT),
    )
    bias = contraction.added(Factor("bias", "b", (_OUTPUT,), "Bias", "bias", "parameter"))
    gradients = contraction.gradients()
    if gradients and "bias" in call.tensors:
        gradients["bias"] = bias.gradient
    return Formula(
        summary=_summary(call),
        forward=contraction.equation(
            lambda total: total + When("bias", bias.term), (*contraction.tensors, bias.tensor)
        ),
        gradients=gradients,
        settings={**contraction.settings, "bias": "bias" in call.tensors},
        axes={**contraction.named, "bias": ("output feature",)},
        multiply_adds=contraction.multiply_adds,
        indices={"o": "output feature", **contraction.counts},
    )


def _summary(call: Call) -> str:
    _, first, second = call.shape("weight")
    end = ", plus a bias" if "bias" in call.tensors else ", without a bias"
    return (
        f"Each output is a weighted sum of the {first} × {second} products of a feature of the "
        f"first input and one of the second{end}."
    )


def _module(lead: tuple[int, ...], first: int, second: int, *, bias: bool = True) -> Example:
    def run() -> tuple[object, tuple[object, ...], dict[str, object]]:
        layer = nn.Bilinear(first, second, 3, bias=bias)
        return layer, (torch.randn(*lead, first), torch.randn(*lead, second)), {}

    return Example(f"Bilinear of {lead}, {first} and {second}, bias {bias}", run)  # type: ignore[arg-type]


def _typed(dtype: torch.dtype) -> Example:
    shapes = (2, 4), (2, 5), (3, 4, 5)
    return Example(
        f"{dtype}", lambda: (F.bilinear, tuple(torch.randn(s, dtype=dtype) for s in shapes), {})
    )


examples(
    _module((2,), 4, 5),
    _module((), 4, 5),
    _module((2, 3), 4, 5, bias=False),
    _module((2,), 1, 5),
    _module((0,), 4, 5),
    _module((3,), 30, 20),
    _typed(torch.float32),
    _typed(torch.float64),
)

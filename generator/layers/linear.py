"""y[…, o] = Σ x[…, k] W[o, k] + b[o]: an affine map of the last axis."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import When
from generator.layers.axes import Axis
from generator.layers.contraction import Contraction
from generator.layers.factors import Factor, axis
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_LEADING = ("n", "t", "s", "r", "q")
_OUTPUT = axis("feature", "o", "O", "number of output features")
_INPUT = axis("feature", "k", "K", "number of input features")
_TRANSPOSED = Note(
    "The weight is stored transposed",
    "torch keeps one row of weights for each output, so that it computes "
    r"\(x W^\mathsf{T} + b\): the first index of the weight is the output's.",
)


@explains(
    "torch.nn.Linear",
    "torch.nn.functional.linear",
    "torch._C._nn.linear",
    arguments="input, weight, bias=None",
    title="Linear",
    search=("fully connected", "dense", "nn.Linear", "F.linear"),
    complex_=True,
)
def linear(call: Call) -> Formula:
    """The affine map, for an input of any number of leading axes."""
    if len(call.shape("weight")) != 2:
        raise Refused("linear: a weight of one axis is not explained")
    lead = _leading(len(call.shape()) - 1)
    x = Factor("input", "x", (*lead, _INPUT), "Input", "input of the layer")
    meaning = "weight, one row for each output"
    W = Factor("weight", "W", (_OUTPUT, _INPUT), "Weights", meaning, "parameter")
    contraction = Contraction(call, (x, W), (*lead, _OUTPUT))
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
        axes={
            **contraction.named,
            "weight": ("output feature", "input feature", *contraction.named["weight"][2:]),
            "bias": ("output feature", *contraction.named["weight"][2:]),
        },
        multiply_adds=contraction.multiply_adds,
        notes=(_TRANSPOSED,),
        indices={"o": "output feature", "k": "input feature", **contraction.counts},
    )


def _leading(count: int) -> tuple[Axis, ...]:
    if count == 1:
        return (axis("axis 0", "n", "N", "length of axis 0"),)
    names = [f"axis {a}" for a in range(count)]
    letters = _LEADING[:count] if count <= len(_LEADING) else [f"n_{k}" for k in range(count)]
    return tuple(
        axis(name, letter, f"N_{{{letter}}}", f"length of {name}")
        for name, letter in zip(names, letters, strict=True)
    )


def _summary(call: Call) -> str:
    outputs, features = call.shape("weight")
    end = ", plus a bias" if "bias" in call.tensors else ", without a bias"
    who = f"Each of the {outputs} outputs" if outputs != 1 else "The output"
    which = {1: "the input", 2: "both inputs"}.get(features, f"all {features} inputs")
    return f"{who} is a weighted sum of {which}{end}."


def _module(bias: bool, *shape: int) -> Example:
    def run() -> tuple[object, tuple[object, ...], dict[str, object]]:
        return nn.Linear(shape[-1], 4, bias=bias), (torch.randn(shape),), {}

    return Example(f"Linear, input {shape}, bias {bias}", run)  # type: ignore[arg-type]


def _typed(dtype: torch.dtype) -> Example:
    shapes = (2, 3, 5), (4, 5), (4,)
    return Example(
        f"{dtype}", lambda: (F.linear, tuple(torch.randn(s, dtype=dtype) for s in shapes), {})
    )


def _whole() -> tuple[torch.Tensor, ...]:
    return torch.randint(-9, 9, (2, 50)), torch.randint(-9, 9, (3, 50)), torch.arange(3)


examples(
    _module(True, 3, 5),
    _module(False, 2, 3, 5),
    _module(True, 5),
    _module(True, 2, 3, 2, 2, 5),
    _module(True, 0, 5),
    _module(True, 1, 1),
    _module(False, 2, 4096),
    Example("F.linear", lambda: (F.linear, (torch.randn(2, 3), torch.randn(4, 3)), {})),
    Example("whole numbers", lambda: (F.linear, _whole(), {})),
    _typed(torch.float64),
    _typed(torch.float16),
    _typed(torch.bfloat16),
    _typed(torch.complex64),
)

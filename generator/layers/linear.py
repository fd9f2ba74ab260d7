"""y[…, o] = Σ x[…, k] W[o, k] + b[o]: an affine map of the last axis."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import indices, total
from generator.formula.tree import Equation, Sym, Tensor, Var, When
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream

_LEADING = ("n", "t", "s", "r", "q")


@explains(
    "torch.nn.Linear",
    "torch.nn.functional.linear",
    "torch._C._nn.linear",
    arguments="input, weight, bias=None",
    title="Linear",
    search=("fully connected", "dense", "nn.Linear", "F.linear"),
)
def linear(call: Call) -> Formula:
    """The affine map, for an input of any number of leading axes."""
    lead = indices(" ".join(_LEADING[: len(call.shape()) - 1]))
    lengths = _lengths(lead)
    o, k = indices("o k")
    O = Sym("O", "O", "number of output features")  # noqa: E741
    K = Sym("K", "K", "number of input features")
    x = Tensor("input", "x", (*lengths, K), "input of the layer", label="Input")
    W = Tensor(
        "weight", "W", (O, K), "weight, one row for each output", "parameter", label="Weights"
    )
    b = Tensor("bias", "b", (O,), "bias", "parameter", label="Bias")
    y = Tensor("output", "y", (*lengths, O), "output of the layer", "result")
    forward = Equation(
        y, (*lead, o), total(k.over(K), x[*lead, k] * W[o, k]) + When("bias", b[o]), (x, W, b)
    )
    bias = "bias" in call.tensors
    gradients = _gradients(lead, (o, k), (x, W, b, y))
    return Formula(
        summary=_summary(call),
        forward=forward,
        gradients={n: g for n, g in gradients.items() if n in call.tensors},
        settings={
            **dict(zip((s.name for s in lengths), call.shape()[:-1], strict=True)),
            "O": call.shape("weight")[0],
            "K": call.shape("weight")[1],
            "bias": bias,
        },
        axes=_axes(len(lead)),
        multiply_adds=call.output.shape[-1] * _count(call.shape()),
        notes=(
            Note(
                "The weight is stored transposed",
                "torch keeps one row of weights for each output, so that it computes "
                r"\(x W^\mathsf{T} + b\): the first index of the weight is the output's.",
            ),
        ),
        indices={"o": "output feature", "k": "input feature"},
    )


def _lengths(lead: tuple[Var, ...]) -> tuple[Sym, ...]:
    if len(lead) == 1:
        return (Sym("N", "N", "batch size"),)
    names = _names(len(lead))
    return tuple(
        Sym(f"N_{v.name}", f"N_{v.name}", f"length of the {name} axis")
        for v, name in zip(lead, names, strict=True)
    )


def _names(lead: int) -> tuple[str, ...]:
    return {0: (), 1: ("batch",), 2: ("batch", "position")}.get(
        lead, tuple(f"axis {a}" for a in range(lead))
    )


def _gradients(
    lead: tuple[Var, ...], inner: tuple[Var, Var], tensors: tuple[Tensor, ...]
) -> dict[str, Equation]:
    o, k = inner
    x, W, b, y = tensors
    g = upstream(y)
    spans = [v.over(n) for v, n in zip(lead, y.sizes, strict=False)]

    O = y.sizes[-1]  # noqa: E741
    weight, bias = g[*lead, o] * x[*lead, k], g[*lead, o]
    return {
        "input": Equation(
            gradient_of(x), (*lead, k), total(o.over(O), g[*lead, o] * W[o, k]), (g, W)
        ),
        "weight": Equation(
            gradient_of(W), (o, k), total(spans, weight) if spans else weight, (g, x)
        ),
        "bias": Equation(gradient_of(b), (o,), total(spans, bias) if spans else bias, (g,)),
    }


def _axes(lead: int) -> dict[str, tuple[str, ...]]:
    names = _names(lead)
    return {
        "input": (*names, "feature"),
        "weight": ("output feature", "input feature"),
        "bias": ("output feature",),
        "output": (*names, "feature"),
    }


def _summary(call: Call) -> str:
    outputs, features = call.shape("weight")
    end = ", plus a bias" if "bias" in call.tensors else ", without a bias"
    who = f"Each of the {outputs} outputs" if outputs != 1 else "The output"
    which = {1: "the input", 2: "both inputs"}.get(features, f"all {features} inputs")
    return f"{who} is a weighted sum of {which}{end}."


def _count(shape: tuple[int, ...]) -> int:
    result = 1
    for length in shape:
        result *= length
    return result


def _module(bias: bool, *shape: int) -> Example:
    def run() -> tuple[object, tuple[object, ...], dict[str, object]]:
        return nn.Linear(shape[-1], 4, bias=bias), (torch.randn(shape),), {}

    return Example(f"Linear, input {shape}, bias {bias}", run)  # type: ignore[arg-type]


examples(
    _module(True, 3, 5),
    _module(False, 2, 3, 5),
    _module(True, 5),
    Example("F.linear", lambda: (F.linear, (torch.randn(2, 3), torch.randn(4, 3)), {})),
)

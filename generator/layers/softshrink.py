"""y = sgn(x) max(0, |x| - λ): every value comes nearer to zero by λ, and small ones become zero."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import apply, cases, larger
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import numbers, tried
from generator.layers.dtypes import held
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_LAMBDA = Sym("lambd", r"\lambda", "how far every value is moved", integer=False)
_AT_EDGE = Note(
    "No slope at the edges",
    r"At \(|x| = \lambda\) the slope jumps between 0 and 1; torch takes 0 there.",
)


@explains(
    "torch.nn.Softshrink",
    "torch.nn.functional.softshrink",
    "torch._C._nn.softshrink",
    arguments="input, lambd=0.5",
    title="Soft shrinkage",
    search=("soft thresholding", "lasso", "activation", "nn.Softshrink", "F.softshrink"),
)
def softshrink(call: Call) -> Formula:
    """Soft thresholding, for an input of any shape."""
    by = numbers(call, "lambd")["lambd"]
    dtype = call.output.dtype
    if dtype in {"float16", "bfloat16"} and held(by, dtype) != by:
        # the two passes differ for an input that is λ so rounded
        raise Refused(f"softshrink(lambd={by}) in {dtype}: only the backward pass rounds lambd")
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        f"Each input comes nearer to 0 by {plain_number(by)}; what is not farther away becomes 0.",
        element.forward(apply("sign", x) * larger(0, abs(x) - _LAMBDA)),
        element.gradient(cases((abs(x) <= _LAMBDA, 0), otherwise=g)),
        notes=(_AT_EDGE,),
        settings={"lambd": held(by, dtype)},
    )


examples(
    *tried("Softshrink", nn.Softshrink, 0.5, -0.5),
    *tried("Softshrink(0.75)", lambda: nn.Softshrink(0.75), 0.75, -0.75),
    Example("Softshrink(0.7)", lambda: (nn.Softshrink(0.7), (torch.tensor([0.7, 2]),), {})),
    *tried("Softshrink(0)", lambda: nn.Softshrink(0.0)),
    Example("F.softshrink", lambda: (F.softshrink, (torch.randn(2, 3), 0.1), {})),
)

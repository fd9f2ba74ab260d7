"""y = x where |x| > λ, otherwise 0: small values become zero."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases
from generator.formula.text import plain_number
from generator.formula.tree import Sym
from generator.layers.activations import numbers, tried
from generator.layers.dtypes import held
from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_LAMBDA = Sym("lambd", r"\lambda", "up to here values become 0", integer=False)
_AT_EDGE = Note(
    "No slope at the edges",
    r"At \(|x| = \lambda\) the slope jumps between 0 and 1; torch takes 0 there.",
)


@explains(
    "torch.nn.Hardshrink",
    "torch.nn.functional.hardshrink",
    "torch.hardshrink",
    "torch.Tensor.hardshrink",
    arguments="input, lambd=0.5",
    title="Hard shrinkage",
    search=("hard thresholding", "activation", "nn.Hardshrink", "F.hardshrink"),
)
def hardshrink(call: Call) -> Formula:
    """Hard thresholding, for an input of any shape."""
    limit = numbers(call, "lambd")["lambd"]
    element = Elementwise.of(call)
    x, g = element.value, element.from_above
    return element.formula(
        f"Each input within {plain_number(limit)} of 0 becomes 0; all others pass unchanged.",
        element.forward(cases((abs(x) <= _LAMBDA, 0), otherwise=x)),
        element.gradient(cases((abs(x) <= _LAMBDA, 0), otherwise=g)),
        notes=(_AT_EDGE,),
        settings={"lambd": held(limit, call.output.dtype)},
    )


examples(
    *tried("Hardshrink", nn.Hardshrink, 0.5, -0.5),
    *tried("Hardshrink(0.7)", lambda: nn.Hardshrink(0.7), 0.7, -0.7),
    *tried("Hardshrink(0)", lambda: nn.Hardshrink(0.0)),
    *tried("Hardshrink(-1)", lambda: nn.Hardshrink(-1.0)),
    Example("F.hardshrink", lambda: (F.hardshrink, (torch.randn(2, 3), 0.1), {})),
    Example("torch.hardshrink", lambda: (torch.hardshrink, (torch.randn(2, 3),), {})),
)

"""y = x: the same tensor under another name, as the real part of real numbers is."""

from __future__ import annotations

import torch

from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.real",
    "torch.conj",
    "torch.conj_physical",
    "torch.resolve_conj",
    "torch.resolve_neg",
    "torch.alias_copy",
    "torch.Tensor.real",
    "torch.Tensor.conj",
    "torch.Tensor.conj_physical",
    "torch.Tensor.resolve_conj",
    "torch.Tensor.resolve_neg",
    arguments="input",
    title="Alias",
    search=("real part", "conjugate", "no-op"),
)
def alias(call: Call) -> Formula:
    """Real numbers are their own real parts and conjugates; complex ones are refused."""
    element = Elementwise.of(call)
    return element.formula(
        "Every value passes as it is.",
        element.forward(element.value),
        None if call.output.integer else element.gradient(element.from_above),
    )


examples(
    Example("real", lambda: (torch.real, (torch.randn(2, 3),), {})),
    Example("conj", lambda: (torch.conj, (torch.randn(3),), {})),
    Example("whole numbers", lambda: (torch.resolve_conj, (torch.arange(3),), {})),
    Example("alias_copy", lambda: (torch.alias_copy, (torch.randn(()),), {})),
    Example(
        "Tensor.real",
        lambda: (vars(torch.Tensor.__bases__[0])["real"].__get__, (torch.randn(2),), {}),
    ),
)

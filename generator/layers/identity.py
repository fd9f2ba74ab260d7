"""y = x: nothing is changed."""

from __future__ import annotations

import torch
from torch import nn

from generator.layers.elementwise import Elementwise
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.nn.Identity",
    "torch.positive",
    "torch.Tensor.positive",
    "torch.Tensor.__pos__",
    arguments="input",
    title="Identity",
    search=("nn.Identity", "placeholder", "no-op"),
)
@explains(
    "torch.clone",
    "torch.Tensor.clone",
    "torch.Tensor.contiguous",
    arguments="input, memory_format=None",
    title="Copy",
    search=("clone", "contiguous", "memory layout"),
)
def identity(call: Call) -> Formula:
    """Every value as it is; how it lies in memory has no part in it."""
    element = Elementwise.of(call)
    return element.formula(
        "Every value passes as it is.",
        element.forward(element.value),
        element.gradient(element.from_above),
    )


def _module(*shape: int) -> Example:
    return Example(f"nn.Identity {shape}", lambda: (nn.Identity(), (torch.randn(shape),), {}))


def _contiguous() -> torch.Tensor:
    return torch.randn(3, 2).T


examples(
    _module(2, 3),
    _module(),
    _module(1, 1),
    _module(2, 3, 4, 5),
    _module(0, 2),
    Example("ignored arguments", lambda: (nn.Identity(54, unused=True), (torch.randn(4),), {})),
    Example("positive", lambda: (torch.positive, (torch.randn(4),), {})),
    Example("clone", lambda: (torch.clone, (torch.randn(2, 3),), {})),
    Example("contiguous", lambda: (torch.Tensor.contiguous, (_contiguous(),), {})),
    Example(
        "channels last",
        lambda: (
            torch.Tensor.contiguous,
            (torch.randn(2, 3, 4, 5),),
            {"memory_format": torch.channels_last},
        ),
    ),
)

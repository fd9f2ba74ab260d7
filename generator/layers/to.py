"""y = x: the same values on another device, or in a type that holds them exactly."""

from __future__ import annotations

from dataclasses import replace

import torch

from generator.layers.dtypes import spelled
from generator.layers.elementwise import Elementwise, axes
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_HOLDS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
"""Whole numbers below 2 to this power are held exactly."""
_NEEDS = {"bool": 1, "uint8": 8, "int8": 7, "int16": 15, "int32": 31}
_NUMBERS = Note(
    "Numbers to calculate with",
    "Truth values become 0 and 1, whole numbers stay what they are. No gradient goes back to them.",
)


@explains(
    "torch.Tensor.to",
    arguments="input, *options, dtype=None, device=None, non_blocking=False, copy=False, "
    "memory_format=None",
    title="Conversion",
    search=("device", "dtype", "type", "cast"),
)
@explains(
    "torch.Tensor.float",
    "torch.Tensor.double",
    "torch.Tensor.half",
    "torch.Tensor.bfloat16",
    "torch.Tensor.cpu",
    arguments="input, memory_format=None",
    title="Conversion",
    search=("device", "dtype", "type", "cast"),
)
def to(call: Call) -> Formula:
    """The identity, where no value is rounded on the way there or back."""
    if set(call.tensors) != {"input"}:
        raise Refused(f"{spelled(call)}: a tensor as the model of a type is not explained")
    before, after = call.tensors["input"].dtype, call.output.dtype
    fits = before in _NEEDS and _NEEDS[before] <= _HOLDS.get(after, 0)
    if after not in _HOLDS or not (before == after or fits):
        raise Refused(f"{spelled(call)} from {before} to {after}: rounding is not explained")
    element = Elementwise(axes(call.shape()))
    formula = element.formula(
        "Every value passes as it is.",
        element.forward(element.value),
        element.gradient(element.from_above),
        notes=() if before == after else (_NUMBERS,),
    )
    return formula if before == after else _without_gradient(formula)


def _without_gradient(formula: Formula) -> Formula:
    return replace(formula, gradients={})


examples(
    Example("the same type", lambda: (torch.Tensor.to, (torch.randn(2, 3), torch.float32), {})),
    Example("by keyword", lambda: (torch.Tensor.to, (torch.randn(4),), {"dtype": torch.float32})),
    Example("the same device", lambda: (torch.Tensor.to, (torch.randn(2), "cpu"), {})),
    Example("a copy", lambda: (torch.Tensor.to, (torch.randn(2),), {"copy": True})),
    Example("float of float", lambda: (torch.Tensor.float, (torch.randn(2, 1, 3, 2),), {})),
    Example("cpu", lambda: (torch.Tensor.cpu, (torch.randn(()),), {})),
    Example("double of double", lambda: (torch.Tensor.double, (torch.randn(2).double(),), {})),
    Example("nothing", lambda: (torch.Tensor.to, (torch.randn(0, 2), torch.float32), {})),
)

"""The model's inputs and weights as the run takes them: with real values, on one device."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from generator.capture.errors import CaptureError
from generator.capture.names import type_name
from generator.capture.state import is_on
from generator.capture.trees import named_tensors, replaced


@dataclass(frozen=True, eq=False)
class Inputs:
    """The call's arguments for the run, and each of their tensors with its path."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    named: tuple[tuple[str, torch.Tensor], ...]
    shown: Mapping[str, object]
    """What the caller's tensors have as their attribute `shown_as`, by path."""


def prepared(
    model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], device: torch.device
) -> Inputs:
    """Copies of the arguments on the device; floating-point tensors require a gradient.

    The caller's tensors are neither changed nor marked. A tensor given twice stays one tensor.
    """
    copies: dict[int, torch.Tensor] = {}
    said: dict[int, object] = {}

    def visit(tensor: torch.Tensor) -> torch.Tensor:
        if id(tensor) not in copies:
            copies[id(tensor)] = _copy(tensor, device)
            said[id(copies[id(tensor)])] = getattr(tensor, "shown_as", None)
        return copies[id(tensor)]

    own_args = cast("tuple[Any, ...]", replaced(tuple(args), visit))
    own_kwargs = {key: replaced(value, visit) for key, value in kwargs.items()}
    names = _argument_names(model.forward, len(own_args))
    named = [
        pair
        for name, value in (*zip(names, own_args, strict=True), *own_kwargs.items())
        for pair in named_tensors(value, name)
    ]
    shown = {path: said[id(tensor)] for path, tensor in named if said.get(id(tensor)) is not None}
    return Inputs(own_args, own_kwargs, tuple(named), shown)


def refuse_unusable(model: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise CaptureError for what has no values or cannot be followed."""
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise CaptureError(
                f"module '{name}' is a TorchScript module, whose layers cannot be followed; "
                "expected an ordinary nn.Module"
            )
    for kind, held in (
        ("parameter", model.named_parameters()),
        ("buffer", model.named_buffers()),
        ("input", _given(args, kwargs)),
    ):
        for name, tensor in held:
            _refuse_valueless(kind, name, tensor)


def _refuse_valueless(kind: str, name: str, tensor: torch.Tensor) -> None:
    if is_lazy(tensor):
        raise CaptureError(
            f"{kind} '{name}' is not initialised yet (a lazy module); "
            "expected a model that has run once"
        )
    if tensor.is_meta:
        raise CaptureError(
            f"{kind} '{name}' is on the meta device and has no values; expected real values"
        )


def _given(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[str, torch.Tensor]]:
    return [*named_tensors(tuple(args), "args"), *named_tensors(dict(kwargs), "kwargs")]


def _copy(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    # A clone of a leaf, not the leaf itself: a model may change its input in place.
    given = tensor.detach()
    moved = given if is_on(given, device) else given.to(device)
    if moved.is_floating_point() or moved.is_complex():
        return moved.detach().requires_grad_().clone()
    return moved.clone()


def _argument_names(forward: Callable[..., Any], count: int) -> list[str]:
    try:
        parameters = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):  # written in C, or made to look like something else
        parameters = []
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            rest = range(count - len(names))
            return names + [f"{parameter.name}[{index}]" for index in rest]
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
    # More arguments than the forward takes: it will say so itself when it is called.
    return (names + [f"args[{index}]" for index in range(len(names), count)])[:count]


def half_squared_sum(outputs: list[torch.Tensor], model: nn.Module) -> torch.Tensor:
    """½ Σ y² over all elements of all outputs, in at least float32."""
    if not outputs:
        raise CaptureError(
            f"{type_name(type(model))} returned no floating-point tensor, so there is no "
            "½ Σ y² to differentiate; expected one, or a loss function for this output"
        )
    wide = [y if y.dtype in (torch.float32, torch.float64) else y.float() for y in outputs]
    halves = [0.5 * (y * y).sum() for y in wide]
    return sum(halves[1:], start=halves[0])

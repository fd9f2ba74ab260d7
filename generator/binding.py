"""From a recorded call, module or function, to the one form in which formulas see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from generator.layers.registry import REQUIRED, Argument, Call, Refused, Rule

Leaf = TypeVar("Leaf")


@dataclass(frozen=True)
class Bound(Generic[Leaf]):
    """A call as formulas see it, and the tensor behind each of its arguments."""

    call: Call
    tensors: Mapping[str, Leaf]


def bind(
    rule: Rule,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    outputs: Sequence[torch.Tensor],
    *,
    data: Callable[[object], torch.Tensor | None],
    own: Mapping[str, object] | None = None,
) -> Bound[object]:
    """Bind a call's arguments to the names of the functional form.

    `data` gives the tensor of a leaf and None for anything else. `own` has, for a module, its
    parameters, buffers and attributes by name. Raises Refused where an argument has no place in the
    rule's signature, or is missing.
    """
    found = _arguments(rule, args, kwargs, own)
    tensors: dict[str, object] = {}
    options: dict[str, object] = {}
    for name, value in found.items():
        leaves = _leaves(name, value, data)
        if leaves:
            tensors.update(leaves)
        else:
            options[name] = value
    arguments = {}
    for name, leaf in tensors.items():
        tensor = data(leaf)
        assert tensor is not None
        arguments[name] = _argument(tensor)
    call = Call(
        type=rule.type,
        tensors=arguments,
        options=options,
        outputs=tuple(_argument(o) for o in outputs),
        module=own is not None,
    )
    return Bound(call, tensors)


def _arguments(
    rule: Rule,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    own: Mapping[str, object] | None,
) -> dict[str, object]:
    names = [name for name, _ in rule.signature]
    found: dict[str, object] = {}
    if own is not None:
        renames = {new: old for old, new in rule.renames.items()}
        found = {n: own[renames.get(n, n)] for n in names if renames.get(n, n) in own}
    free = [n for n in names if n not in found]
    if len(args) > len(free):
        message = f"{rule.type} was called with {len(args)} arguments, {len(free)} are explained"
        raise Refused(message)
    found.update(zip(free, args, strict=False))
    for name, value in kwargs.items():
        target = "input" if name in {"self", "x"} and name not in names else name
        if target not in names:
            message = f"{rule.type}({name}=…): this argument is not explained"
            raise Refused(message)
        found[target] = value
    for name, default in rule.signature:
        if name not in found:
            if default is REQUIRED:
                message = f"{rule.type} was called without {name}"
                raise Refused(message)
            found[name] = default
    return {n: found[n] for n in names}


def _leaves(
    name: str, value: object, data: Callable[[object], torch.Tensor | None]
) -> dict[str, object]:
    if data(value) is not None:
        return {name: value}
    if isinstance(value, list | tuple) and any(data(v) is not None for v in value):
        return {f"{name}[{k}]": v for k, v in enumerate(value) if data(v) is not None}
    return {}


def _argument(tensor: torch.Tensor) -> Argument:
    floating = tensor.is_floating_point() or tensor.is_complex()
    return Argument(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), not floating)

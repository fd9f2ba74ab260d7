"""From a recorded call, module or function, to the one form in which formulas see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import torch

from generator.layers.registry import (
    OWN,
    REQUIRED,
    VARIADIC,
    Argument,
    Call,
    Placed,
    Refused,
    Rule,
)

Leaf = TypeVar("Leaf")

_SPELLINGS = {
    **dict.fromkeys(("self", "x", "a", "x1"), "input"),
    "x2": "other",
    "axis": "dim",
    "keepdims": "keepdim",
}
"""Keywords that torch takes for others: a method's own tensor, and NumPy's names."""


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
    reached: Sequence[bool] | None = None,
) -> Bound[object]:
    """Bind a call's arguments to the names of the functional form.

    `data` gives the tensor of a leaf and None for anything else. `own` has, for a module, its
    parameters, buffers and attributes by name. `reached` says of each output whether a gradient
    arrives there; without it all do. Raises Refused where an argument has no place in the rule's
    signature, or is missing.
    """
    rule = _overloaded(rule, args, kwargs, data)
    found = _arguments(rule, args, kwargs, own)
    tensors: dict[str, object] = {}
    options: dict[str, object] = {}
    for name, value in found.items():
        if data(value) is not None:
            tensors[name] = value
            continue
        leaves: dict[str, object] = {}
        options[name] = _placed(name, value, data, leaves)
        tensors.update(leaves)
    if any(default is OWN for _, default in rule.signature):
        others = {} if own is None else own
        named = {rule.renames.get(name, name) for name, _ in rule.signature}
        tensors.update({n: v for n, v in others.items() if n not in named and data(v) is not None})
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
        reached=tuple(reached) if reached is not None else (True,) * len(outputs),
    )
    return Bound(call, tensors)


def _overloaded(
    rule: Rule,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    data: Callable[[object], torch.Tensor | None],
) -> Rule:
    """The rule with that of its signatures which the call's tensors ask for."""
    for signature in rule.overloads:
        other = replace(rule, signature=signature, overloads=())
        try:
            found = _arguments(other, args, kwargs, None)
        except Refused:
            continue
        if all(data(value) is not None for value in found.values()):
            return other
    return rule


def _arguments(
    rule: Rule,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    own: Mapping[str, object] | None,
) -> dict[str, object]:
    names = [name for name, default in rule.signature if default is not OWN]
    found: dict[str, object] = {}
    if own is not None:
        renames = {new: old for old, new in rule.renames.items()}
        found = {n: own[renames.get(n, n)] for n in names if renames.get(n, n) in own}
    found |= _positional(rule, [n for n in names if n not in found], args)
    for name, value in kwargs.items():
        target = name if name in names else _SPELLINGS.get(name, name)
        if target not in names:
            message = f"{rule.type}({name}=…): this argument is not explained"
            raise Refused(message)
        found[target] = value
    return _completed(rule, found)


def _positional(rule: Rule, free: Sequence[str], args: Sequence[object]) -> dict[str, object]:
    """Positional arguments by the names that are free; those after a `*shape` are keywords only."""
    defaults = dict(rule.signature)
    variadic = next((k for k, n in enumerate(free) if defaults[n] is VARIADIC), None)
    if variadic is not None and variadic < len(args):
        rest = tuple(args[variadic:])
        alone = len(rest) == 1 and isinstance(rest[0], list | tuple)
        args = (*args[:variadic], rest[0] if alone else rest)
    if len(args) > len(free):
        message = f"{rule.type} was called with {len(args)} arguments, {len(free)} are explained"
        raise Refused(message)
    return dict(zip(free, args, strict=False))


def _completed(rule: Rule, found: dict[str, object]) -> dict[str, object]:
    """The arguments with defaults filled in, in the signature's order."""
    signature = [(name, default) for name, default in rule.signature if default is not OWN]
    for name, default in signature:
        if name not in found:
            if default is REQUIRED:
                message = f"{rule.type} was called without {name}"
                raise Refused(message)
            found[name] = () if default is VARIADIC else default
        elif default is VARIADIC:
            given = found[name]
            found[name] = tuple(given) if isinstance(given, list | tuple) else (given,)
    return {n: found[n] for n, _ in signature}


def _placed(
    name: str,
    value: object,
    data: Callable[[object], torch.Tensor | None],
    leaves: dict[str, object],
) -> object:
    """The option with `Placed` for each tensor within it, which goes into `leaves` by its name."""
    if data(value) is not None:
        leaves[name] = value
        return Placed(name)
    if isinstance(value, list | tuple):
        items = [_placed(f"{name}[{k}]", v, data, leaves) for k, v in enumerate(value)]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, slice):
        ends = {"start": value.start, "stop": value.stop, "step": value.step}
        return slice(*(_placed(f"{name}.{k}", v, data, leaves) for k, v in ends.items()))
    return value


def _argument(tensor: torch.Tensor) -> Argument:
    floating = tensor.is_floating_point() or tensor.is_complex()
    return Argument(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), not floating)

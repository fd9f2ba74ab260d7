"""What a function of torch is called, and which tensors it writes into."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.overrides import resolve_name

from generator.capture.trees import tensors

_OPERATORS = ("add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "matmul")
_OPERATORS_ON_BITS = ("and", "or", "xor", "lshift", "rshift")
_SHORT = {
    f"__{side}{name}__": name for name in _OPERATORS + _OPERATORS_ON_BITS for side in ("r", "i")
}
# They end in an underscore, and change what torch knows of a tensor, not its values.
_BOOKKEEPING = {"requires_grad_", "detach_", "retain_grad", "share_memory_", "rename_"}
# Statistics that training updates, by position and by keyword.
_STATISTICS = ("running_mean", "running_var")
_UPDATED = {
    "torch.nn.functional.batch_norm": (1, 2),
    "torch.nn.functional.instance_norm": (1, 2),
    "torch.batch_norm": (3, 4),
    "torch.instance_norm": (3, 4),
}


@dataclass(frozen=True)
class Function:
    """A function of torch as the recording names it."""

    type: str
    base: str
    """Its last name part without underscores: `add` for `__radd__` and `add_`."""
    inplace: bool
    """Whether it changes its first argument, whatever its options are."""
    listed: bool
    """Whether a call that returns a tensor is a step at all."""
    option: int | None
    """Position of an argument `inplace`."""

    def written(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
        """The tensors that this call changes in place."""
        return list(self._written(args, kwargs))

    def _written(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[torch.Tensor]:
        if self.type.startswith("torch.ops.") and not self.type.startswith("torch.ops.aten."):
            # An operator of another library may change whatever it is given.
            yield from tensors((args, dict(kwargs)))
        if kwargs.get("out") is not None:
            yield from tensors(kwargs["out"])
        if self.inplace or self._asked_inplace(args, kwargs):
            yield from tensors(args[:1] if args else kwargs.get("input"))
        for position, name in zip(_UPDATED.get(self.type, ()), _STATISTICS, strict=False):
            yield from tensors(args[position : position + 1] or kwargs.get(name))
        if self.base in ("embedding", "embedding_bag"):
            # Their option max_norm scales rows of the weight in place.
            limit = args[3] if len(args) > 3 else kwargs.get("max_norm")
            yield from () if limit is None else tensors(args[1:2] or kwargs.get("weight"))

    def _asked_inplace(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        if self.option is None:
            return False
        if len(args) > self.option:
            return bool(args[self.option])
        return bool(kwargs.get("inplace"))


_KNOWN: dict[Callable[..., Any], Function] = {}


def describe(func: Callable[..., Any]) -> Function:
    """The function's name and habits, looked up once for each function."""
    found = _KNOWN.get(func)
    if found is None:
        found = _KNOWN[func] = _described(func)
    return found


def _described(func: Callable[..., Any]) -> Function:
    short = getattr(func, "__name__", type(func).__name__)
    full = resolve_name(func) or _unresolved(func, short)
    full = full.replace("torch.functional.", "torch.")
    setter = full.endswith(".__set__")
    full = full.removesuffix(".__get__").removesuffix(".__set__")
    if not full.startswith("torch."):  # an operator by its own name: aten.relu.default
        full = "torch.ops." + ".".join(full.split(".")[:2])
    last = full.rpartition(".")[2]
    return Function(
        type=full,
        base=_SHORT.get(last, last.strip("_")) or last,
        inplace=setter or _writes_first(last),
        listed=last not in _BOOKKEEPING and not (setter and last != "data") and last != "grad",
        option=_inplace_position(func),
    )


def _unresolved(func: Callable[..., Any], short: str) -> str:
    module = getattr(func, "__module__", None)
    return f"{module}.{short}" if isinstance(module, str) else f"torch.{short}"


def _writes_first(last: str) -> bool:
    if last == "__setitem__" or (last in _SHORT and last.startswith("__i")):
        return True
    return last.endswith("_") and not last.endswith("__") and last not in _BOOKKEEPING


def _inplace_position(func: Callable[..., Any]) -> int | None:
    # Only functions written in Python have this option.
    if not inspect.isfunction(func):
        return None
    names = func.__code__.co_varnames[: func.__code__.co_argcount]
    return names.index("inplace") if "inplace" in names else None

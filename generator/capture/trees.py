"""Nested structures of tensors: tuples, lists, mappings and dataclasses, in and out of calls."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping, MutableMapping

import numpy as np
import torch

from generator.capture.names import type_name

Visit = Callable[[torch.Tensor], object]
_NAMED = (torch.dtype, torch.layout, torch.memory_format)
_PLAIN = (bool, int, float, complex, str, type(None), type(...))
_NUMERIC = "biufc"
"""Kinds of NumPy's types that are numbers and truth values."""
_LISTED = 1 << 20
"""Numbers of a range that are listed."""


def frozen(tree: object, visit: Visit) -> object:
    """The structure as tuples, lists, dicts and plain values, with `visit(t)` for each tensor.

    Numbers of NumPy are Python's, and a range is the list of its numbers.
    """
    if isinstance(tree, torch.Tensor):
        return visit(tree)
    if isinstance(tree, np.generic) and tree.dtype.kind in _NUMERIC:
        return tree.item()
    if isinstance(tree, _PLAIN):
        return tree
    if isinstance(tree, tuple):
        return tuple(frozen(item, visit) for item in tree)
    if isinstance(tree, list) or (isinstance(tree, range) and len(tree) <= _LISTED):
        return [frozen(item, visit) for item in tree]
    if isinstance(tree, Mapping) or _is_record(tree):
        return {key: frozen(item, visit) for key, item in _items(tree)}
    if isinstance(tree, slice):
        return slice(*(frozen(end, visit) for end in (tree.start, tree.stop, tree.step)))
    if isinstance(tree, torch.device):
        return tree.type
    if isinstance(tree, _NAMED):
        return str(tree)
    # Any other object is named by its type: its repr may hold an address.
    return f"<{type_name(type(tree))}>"


def with_tensors(tree: object) -> object:
    """The structure with a tensor for each array of NumPy in its tuples and lists."""
    if isinstance(tree, np.ndarray) and tree.dtype.kind in _NUMERIC:
        try:
            return torch.from_numpy(tree.copy())
        except TypeError:  # of a type that torch has not
            return tree
    if type(tree) is tuple:
        return tuple(with_tensors(item) for item in tree)
    if type(tree) is list:
        return [with_tensors(item) for item in tree]
    return tree


def replaced(tree: object, visit: Visit) -> object:
    """The same structure, type for type, with `visit(t)` in place of each tensor."""
    if isinstance(tree, torch.Tensor):
        return visit(tree)
    if isinstance(tree, tuple):
        items = [replaced(item, visit) for item in tree]
        make: Callable[..., object] = type(tree)
        return make(*items) if hasattr(tree, "_fields") else make(items)
    if isinstance(tree, list):
        return [replaced(item, visit) for item in tree]
    if isinstance(tree, MutableMapping):
        new = copy.copy(tree)
        for key, item in tree.items():
            new[key] = replaced(item, visit)
        return new
    if _is_record(tree):
        twin = copy.copy(tree)
        for key, item in _items(tree):
            # A frozen dataclass refuses setattr; the twin is ours alone.
            object.__setattr__(twin, key, replaced(item, visit))
        return twin
    return tree


def named_tensors(tree: object, path: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Each tensor with its path: `x`, `x[0]`, `x.key`."""
    if isinstance(tree, torch.Tensor):
        yield path, tree
    elif isinstance(tree, tuple | list):
        for index, item in enumerate(tree):
            yield from named_tensors(item, f"{path}[{index}]")
    elif isinstance(tree, Mapping) or _is_record(tree):
        for key, item in _items(tree):
            yield from named_tensors(item, f"{path}.{key}")


def tensors(tree: object) -> Iterator[torch.Tensor]:
    """Each tensor of the structure, in order."""
    if isinstance(tree, torch.Tensor):
        yield tree
    elif isinstance(tree, tuple | list):
        for item in tree:
            yield from tensors(item)
    elif isinstance(tree, Mapping) or _is_record(tree):
        for _, item in _items(tree):
            yield from tensors(item)


def _is_record(tree: object) -> bool:
    return dataclasses.is_dataclass(tree) and not isinstance(tree, type)


def _items(tree: object) -> Iterator[tuple[str, object]]:
    if isinstance(tree, Mapping):
        yield from tree.items()
        return
    for field in dataclasses.fields(tree):  # type: ignore[arg-type]
        if hasattr(tree, field.name):
            yield field.name, getattr(tree, field.name)

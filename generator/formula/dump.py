"""Equations as plain data (dicts, lists, strings, numbers), and back."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

from generator.formula import tree

T = TypeVar("T")
_TYPES = {
    name: kind for name, kind in vars(tree).items() if isinstance(kind, type) and is_dataclass(kind)
}


def dump(record: object) -> Any:
    """The record as data that JSON can carry; `load` gives an equal record."""
    if is_dataclass(record) and not isinstance(record, type):
        data = {f.name: dump(getattr(record, f.name)) for f in fields(record)}
        return {"node": type(record).__name__, **data}
    if isinstance(record, tuple):
        return [dump(item) for item in record]
    if isinstance(record, float) and not math.isfinite(record):
        return {"float": repr(record)}
    return record


def load(data: Any, kind: type[T]) -> T:
    """The record that `dump` made the data of; ValueError where it is no such data."""
    found = _load(data)
    if not isinstance(found, kind):
        message = f"the data is {type(found).__name__}, expected {kind.__name__}"
        raise ValueError(message)  # noqa: TRY004 - it is the data that is wrong
    return found


def _load(data: Any) -> object:
    if isinstance(data, list):
        return tuple(_load(item) for item in data)
    if not isinstance(data, dict):
        return cast("object", data)
    if "float" in data:
        return float(data["float"])
    name = data.get("node")
    if name not in _TYPES:
        message = f"{name!r} is no node of the language"
        raise ValueError(message)
    return _TYPES[name](**{key: _load(value) for key, value in data.items() if key != "node"})

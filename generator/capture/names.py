"""Public names of types, and names of steps that are unique in a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import torch


def type_name(cls: type) -> str:
    """`torch.nn.Conv2d` for a type of torch.nn, `<module's last part>.<qualname>` for a user's."""
    module = cls.__module__
    if module.partition(".")[0] != "torch":
        return f"{module.rpartition('.')[2]}.{cls.__qualname__}"
    if getattr(torch.nn, cls.__name__, None) is cls:
        return f"torch.nn.{cls.__name__}"
    return f"{module}.{cls.__qualname__}"


def joined(scope: str, name: str) -> str:
    """A qualified name: `scope.name`, or `name` in the model itself."""
    return f"{scope}.{name}" if scope else name


def function_names(wanted: Sequence[str], taken: Iterable[str]) -> list[str]:
    """A name for each functional step, in order, from the qualified names they would like.

    One that is wanted once and is free stays as it is; the others are numbered from 1, and
    numbers that a module's name already has are passed over.
    """
    blocked = set(taken)
    often = Counter(wanted)
    used = blocked | {name for name in often if often[name] == 1}
    names: list[str] = []
    numbers: Counter[str] = Counter()
    for name in wanted:
        if often[name] == 1 and name not in blocked:
            names.append(name)
            continue
        numbers[name] += 1
        while f"{name}_{numbers[name]}" in used:
            numbers[name] += 1
        names.append(f"{name}_{numbers[name]}")
        used.add(names[-1])
    return names

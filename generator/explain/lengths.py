"""What the lengths of axes are called that have a name: `number of channels`."""

from __future__ import annotations

import re

from generator.formula.tree import Equation, Sym
from generator.layers.registry import Formula

_LENGTH = re.compile(r"length of (the output's )?(?:axis \d+|(?:the )?[a-z]+ axis)")
_COUNTS = {
    "batch": "batch size",
    "feature": "number of features",
    "channel": "number of channels",
    "head": "number of heads",
    "class": "number of classes",
    "position": "number of positions",
    "time step": "number of time steps",
}


def along(formula: Formula, equations: tuple[Equation, ...]) -> dict[str, str]:
    """The name of the axis of which each symbol is the length, by the symbol's name."""
    found: dict[str, str] = {}
    for equation in equations:
        for tensor in (equation.result, *equation.tensors):
            names = formula.axes.get(tensor.name.removeprefix("grad_"), ())
            for length, name in zip(tensor.sizes, names, strict=False):
                if isinstance(length, Sym) and not name.startswith("axis "):
                    found.setdefault(length.name, name)
    return found


def called(meaning: str, axis: str | None) -> str:
    """What a symbol means that may be the length of an axis with this name."""
    found = _LENGTH.fullmatch(meaning)
    if found is None or not axis:
        return meaning
    if found[1]:
        return f"length of the output's {axis} axis"
    return _COUNTS.get(axis, f"length of the {axis} axis")

"""Symbols replaced by their numbers and nothing simplified, so that a reader can follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import cast

from generator.formula.configure import Setting
from generator.formula.tree import Expr, Num, Sym


def with_numbers(node: Expr, settings: Mapping[str, Setting]) -> Expr:
    """The expression with a number for each symbol that the settings have."""
    return cast("Expr", _rewritten(node, settings))


def _rewritten(node: object, settings: Mapping[str, Setting]) -> object:
    if isinstance(node, Sym):
        return Num(settings[node.name]) if node.name in settings else node
    if isinstance(node, tuple):
        return tuple(_rewritten(part, settings) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(
            node, **{f.name: _rewritten(getattr(node, f.name), settings) for f in fields(node)}
        )
    return node

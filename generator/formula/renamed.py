"""The same formula with other letters for its indices, and other symbols for its lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from generator.formula.tree import Sym, Var

T = TypeVar("T")


class Renaming:
    """Letters and symbols to take in place of others, all at once; a prime stays with its letter.

    `letters` are names of indices, `symbols` what stands for a symbol of a name.
    """

    def __init__(self, letters: Mapping[str, str], symbols: Mapping[str, Sym]) -> None:
        self._letters = letters
        self._symbols = symbols
        self._done: dict[int, tuple[object, object]] = {}

    def letter(self, name: str) -> str:
        """The new name of an index: `t'` for `c'`, where t stands for c."""
        own = name.rstrip("'")
        return self._letters.get(own, own) + name[len(own) :]

    def of(self, node: T) -> T:
        """An equation, a declaration or an expression with the new names."""
        return self._of(node)  # type: ignore[no-any-return]

    def _of(self, node: Any) -> Any:
        if isinstance(node, tuple):
            return tuple(self._of(part) for part in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        # the node is kept, so that no other takes its identity
        if id(node) not in self._done:
            self._done[id(node)] = (node, self._built(node))
        return self._done[id(node)][1]

    def _built(self, node: Any) -> Any:
        if isinstance(node, Var):
            return Var(self.letter(node.name))
        if isinstance(node, Sym):
            return self._symbols.get(node.name, node)
        parts = {f.name: getattr(node, f.name) for f in fields(node)}
        new = {name: self._of(part) for name, part in parts.items()}
        changed = {name: part for name, part in new.items() if part is not parts[name]}
        return replace(node, **changed) if changed else node

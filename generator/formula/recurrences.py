"""Which stages recur: read each other's earlier steps along an axis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.formula.tree import Equation, Stage
from generator.formula.walk import reachable


class Recurrences:
    """The elements of an equation's stages that are being worked out, each within the last."""

    def __init__(self, equation: Equation) -> None:
        self._equation = equation
        self._open: list[tuple[Stage, tuple[int, ...]]] = []
        self._reads: dict[str, set[str]] = {}

    @property
    def depth(self) -> int:
        """How many stages lie between the equation and what is worked out now."""
        return len(self._open)

    @contextmanager
    def within(self, stage: Stage, index: tuple[int, ...]) -> Iterator[None]:
        """What is asked for here is read by this element."""
        self._open.append((stage, index))
        try:
            yield
        finally:
            self._open.pop()

    def earlier(self, stage: Stage, index: tuple[int, ...]) -> bool:
        """Whether the element is of an earlier step than one that is being worked out."""
        if stage.along is None:
            return False
        step = index[stage.along] * stage.direction
        return any(
            other.along is not None
            and step < at[other.along] * other.direction
            and self._recur(stage.tensor.name, other.tensor.name)
            for other, at in self._open
        )

    def _recur(self, first: str, second: str) -> bool:
        """Whether each reads the other, through others or itself."""
        return first in self._read_by(second) and second in self._read_by(first)

    def _read_by(self, name: str) -> set[str]:
        if name not in self._reads:
            body = self._equation.stage(name).body
            self._reads[name] = reachable((body,), self._equation.stages)
        return self._reads[name]

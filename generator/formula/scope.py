"""What an index means where a node is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from generator.formula.bounds import Interval


@dataclass(slots=True)
class Scope:
    """Each index' values and interval, the number of axes so far, and where the value counts."""

    variables: dict[str, Tensor]
    ranges: dict[str, Interval]
    axes: int
    guard: Tensor | None = None
    """Where the node's value counts; None: everywhere. What is read elsewhere may not exist."""

    def guarded(self, condition: Tensor) -> Scope:
        """This scope where the condition holds."""
        guard = condition if self.guard is None else self.guard & condition
        return Scope(self.variables, self.ranges, self.axes, guard)


def both(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    """Where both conditions hold; None holds everywhere."""
    if first is None or second is None:
        return second if first is None else first
    return first & second

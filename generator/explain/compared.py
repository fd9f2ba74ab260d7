"""Which tensors a formula compares, and where NaN among them makes it say nothing.

No comparison with NaN holds, while torch gives NaN a place of its own: the largest for sort and
max, the last of several for pooling. A formula of comparisons is one of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from generator.formula.operands import is_integer
from generator.formula.remembered import per_object
from generator.formula.tree import Compare, Cond, Equation, Expr, Extreme, Reduce
from generator.formula.walk import children, reachable

NAN = (
    "NaN is among the values that are compared here; the formula holds for numbers, and torch puts "
    "NaN in a place of its own"
)
_EXTREMES = {"max", "min", "argmax", "argmin"}


def nan_compared(equation: Equation, operands: Mapping[str, Tensor]) -> bool:
    """Whether the equation compares values among which there is NaN."""
    return any(bool(operands[name].isnan().any()) for name in _compared(equation))


@per_object
def _compared(equation: Equation) -> frozenset[str]:
    """The floating-point tensors of which elements are compared with others."""
    read = reachable((equation.body,), equation.stages)
    bodies = [equation.body, *(s.body for s in equation.stages if s.tensor.name in read)]
    found: set[str] = set()
    waiting: list[Expr | Cond] = list(bodies)
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        sides = tuple(side for side in _sides(node) if not is_integer(side, equation))
        found |= reachable(sides, equation.stages)
    return frozenset(t.name for t in equation.tensors if t.name in found and not t.integer)


def _sides(node: Expr | Cond) -> tuple[Expr, ...]:
    """What a node compares."""
    if isinstance(node, Compare):
        return node.left, node.right
    if isinstance(node, Extreme):
        return node.operands
    if isinstance(node, Reduce) and node.kind in _EXTREMES:
        return (node.body,)
    return ()

"""Walking a tree: the nodes below one, and what a formula reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Compare,
    Cond,
    Div,
    Either,
    Every,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Not,
    Pow,
    Read,
    Reduce,
    Stage,
    When,
)

Node = Expr | Cond


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one, ranges' bounds and conditions included."""
    below = _BELOW.get(type(node))
    return () if below is None else below(node)


def _of_reduce(node: Reduce) -> tuple[Node, ...]:
    limits = tuple(e for r in node.ranges for e in (r.start, r.stop))
    return (*limits, node.body, *(() if node.where is None else (node.where,)))


def _of_cases(node: Cases) -> tuple[Node, ...]:
    lines = tuple(part for c in node.cases for part in (c.condition, c.value))
    return (*lines, node.otherwise)


# a table, not a match: every page walks thousands of nodes
_BELOW: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Read: lambda node: node.indices,
    Add: lambda node: node.terms,
    Mul: lambda node: node.factors,
    Extreme: lambda node: node.operands,
    Neg: lambda node: (node.operand,),
    Apply: lambda node: (node.operand,),
    Div: lambda node: (node.numerator, node.denominator),
    FloorDiv: lambda node: (node.numerator, node.denominator),
    Mod: lambda node: (node.numerator, node.denominator),
    Pow: lambda node: (node.base, node.exponent),
    Reduce: _of_reduce,
    Cases: _of_cases,
    Bracket: lambda node: (node.condition,),
    Not: lambda node: (node.condition,),
    When: lambda node: (node.body,),
    Compare: lambda node: (node.left, node.right),
    Every: lambda node: node.conditions,
    Either: lambda node: node.conditions,
}


def reachable(
    bodies: tuple[Expr, ...], stages: tuple[Stage, ...], *, rounded: bool = False
) -> set[str]:
    """The names of all tensors and stages that the bodies read, through stages too.

    `rounded` also follows the stages' arithmetic.
    """
    by_name = {s.tensor.name: s for s in stages}
    found: set[str] = set()
    waiting: list[Expr | Cond] = list(bodies)
    while waiting:
        node = waiting.pop()
        waiting.extend(children(node))
        if isinstance(node, Read) and node.tensor not in found:
            found.add(node.tensor)
            if node.tensor in by_name:
                stage = by_name[node.tensor]
                waiting.append(stage.body)
                if rounded and stage.arithmetic is not None:
                    waiting.append(stage.arithmetic)
    return found

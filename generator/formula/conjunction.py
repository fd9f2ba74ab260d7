"""Conditions taken apart: the parts that all have to hold, and the indices each is about."""

from __future__ import annotations

from generator.formula.tree import Compare, Cond, Every, Expr, Var
from generator.formula.walk import children


def conjuncts(node: Cond | None) -> tuple[Cond, ...]:
    """The conditions that together make this one; a chain low ≤ value < high stays whole."""
    if node is None:
        return ()
    if not isinstance(node, Every) or chain(node) is not None:
        return (node,)
    return tuple(part for condition in node.conditions for part in conjuncts(condition))


def chain(node: Cond) -> tuple[Expr, Expr, Expr] | None:
    """Low, value and high where the condition is low ≤ value < high."""
    match node:
        case Every((Compare("<=", low, value), Compare("<", same, high))) if value == same:
            return low, value, high
        case _:
            return None


def mentions(node: Expr | Cond, variable: Var) -> bool:
    """Whether the index stands in the node."""
    return node == variable or any(mentions(child, variable) for child in children(node))

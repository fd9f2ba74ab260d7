"""Conditions of the language as tensors of booleans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from torch import Tensor

from generator.formula.arithmetic import Arithmetic, Q
from generator.formula.functions import COMPARISONS
from generator.formula.scope import Scope
from generator.formula.tree import Compare, Cond, Either, Every, Expr, Not


class Conditions(Generic[Q]):
    """The part of an evaluation that decides conditions."""

    arithmetic: Arithmetic[Q]

    def condition(self, node: Cond, scope: Scope) -> Tensor:
        """Where the condition holds; later parts of a conjunction count where earlier ones hold."""
        match node:
            case Compare():
                return self._compare(node, scope)
            case Every():
                result = self.condition(node.conditions[0], scope)
                for part in node.conditions[1:]:
                    result = result & self.condition(part, scope.guarded(result))
                return result
            case Either():
                result = self.condition(node.conditions[0], scope)
                for part in node.conditions[1:]:
                    result = result | self.condition(part, scope.guarded(~result))
                return result
            case Not():
                return ~self.condition(node.condition, scope)
            case _:
                message = f"{type(node).__name__} is no condition of the language"
                raise TypeError(message)

    def _compare(self, node: Compare, scope: Scope) -> Tensor:
        compare: Callable[[Tensor, Tensor], Tensor] = COMPARISONS[node.comparison]
        if self.integral(node.left) and self.integral(node.right):
            return compare(self.integer(node.left, scope), self.integer(node.right, scope))
        left = self.arithmetic.value(self.real(node.left, scope))
        return compare(left, self.arithmetic.value(self.real(node.right, scope)))

    def integral(self, node: Expr) -> bool:
        """Whether the node is integer-valued by construction."""
        raise NotImplementedError

    def integer(self, node: Expr, scope: Scope) -> Tensor:
        """The node as exact integers."""
        raise NotImplementedError

    def real(self, node: Expr, scope: Scope) -> Q:
        """The node as a real quantity."""
        raise NotImplementedError

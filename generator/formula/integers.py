"""Integer-valued nodes, exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

import torch
from torch import Tensor

from generator.formula.arithmetic import Q
from generator.formula.conditions import Conditions
from generator.formula.operands import Store, is_integer
from generator.formula.scope import Scope
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Equation,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Num,
    Read,
    Reduce,
    Var,
)


class Integers(Conditions[Q], Generic[Q]):
    """The part of an evaluation that computes indices and other integers."""

    equation: Equation
    store: Store

    def integral(self, node: Expr) -> bool:
        return is_integer(node, self.equation)

    def integer(self, node: Expr, scope: Scope) -> Tensor:
        """The node as exact integers."""
        match node:
            case Num():
                return torch.tensor(node.value, device=self.store.device)
            case Var():
                return scope.variables[node.name]
            case Neg():
                return -self.integer(node.operand, scope)
            case FloorDiv():
                divisor = self.integer(node.denominator, scope)
                return self.integer(node.numerator, scope).div(divisor, rounding_mode="floor")
            case Mod():
                return self.integer(node.numerator, scope) % self.integer(node.denominator, scope)
            case Apply():
                return self.integer(node.operand, scope).abs()
            case Add() | Mul() | Extreme():
                return self._fold(node, scope)
            case Bracket():
                return self.condition(node.condition, scope).long()
            case Reduce() if self.integral(node.body):
                return self.reduced(node, scope)
            case Reduce():
                return self.position(node, scope)
            case Read():
                return self.element(node, scope)
            case Cases():
                return self._chosen(node, scope)
            case _:
                message = f"{type(node).__name__} is no integer"
                raise TypeError(message)

    def _chosen(self, node: Cases, scope: Scope) -> Tensor:
        """A definition by cases; what the cases that do not hold read need not exist."""
        chosen: list[tuple[Tensor, Tensor]] = []
        for case in node.cases:
            held = self.condition(case.condition, scope)
            chosen.append((held, self.integer(case.value, scope.guarded(held))))
            scope = scope.guarded(~held)
        result = self.integer(node.otherwise, scope)
        for held, value in reversed(chosen):
            result = torch.where(held, value, result)
        return result

    def _fold(self, node: Add | Mul | Extreme, scope: Scope) -> Tensor:
        combine: Callable[..., Any]
        if isinstance(node, Add):
            parts, combine = node.terms, torch.add
        elif isinstance(node, Mul):
            parts, combine = node.factors, torch.mul
        else:
            parts = node.operands
            combine = torch.maximum if node.kind == "max" else torch.minimum
        result = self.integer(parts[0], scope)
        for part in parts[1:]:
            # a number stays a Python scalar, which is cheaper than a tensor of one element
            if isinstance(part, Num) and combine in {torch.add, torch.mul}:
                result = combine(result, part.value)
            else:
                result = combine(result, self.integer(part, scope))
        assert isinstance(result, Tensor)
        return result

    def reduced(self, node: Reduce, scope: Scope) -> Tensor:
        """A sum, product, extreme or position of integers."""
        raise NotImplementedError

    def position(self, node: Reduce, scope: Scope) -> Tensor:
        """What a reduction of real numbers comes to, as an integer: where an extreme is."""
        raise NotImplementedError

    def element(self, node: Read, scope: Scope) -> Tensor:
        """What an integer tensor holds."""
        raise NotImplementedError

"""The equations of a formula, and what is read in each of them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.formula.remembered import per_object
from generator.formula.tree import Cond, Equation, Expr, Tensor
from generator.formula.walk import children, reachable
from generator.layers.registry import Formula


def outputs(formula: Formula) -> tuple[Equation, ...]:
    """The equation of each output that has one."""
    further = (output.equation for output in formula.others)
    return (formula.forward, *(equation for equation in further if equation is not None))


def equations(formula: Formula) -> tuple[Equation, ...]:
    """Those of the outputs, then those of the gradients."""
    return (*outputs(formula), *formula.gradients.values())


@per_object
def nodes_of(equation: Equation) -> tuple[Expr | Cond, ...]:
    """What is read where the equation is computed: its body, and the stages that it needs."""
    return tuple(_passing(equation))


def _passing(equation: Equation) -> Iterator[Expr | Cond]:
    read = reachable((equation.body,), equation.stages)
    stages = (s.body for s in equation.stages if s.tensor.name in read)
    waiting: list[Expr | Cond] = [equation.body, *stages]
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def symbol(tensor: Tensor) -> str:
    """The tensor's symbol without indices."""
    return tensor.latex.replace("_{#}", "").replace("#", "")

"""Which axes of a formula's operands run along with which axes of its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generator.explain.equations import equations, nodes_of, outputs
from generator.formula.configure import size
from generator.formula.remembered import per_object
from generator.formula.tree import Add, Equation, Expr, Mod, Mul, Neg, Num, Read, Reduce, Sym, Var
from generator.layers.registry import Formula


@dataclass(frozen=True)
class Link:
    """An axis of an output, and the axis of an operand that is read at its index."""

    output: int
    """Which of the outputs."""
    place: int
    operand: str
    axis: int


@per_object
def links(formula: Formula) -> tuple[Link, ...]:
    """All of them, each once, in the order in which the formula reads."""
    found: dict[Link, None] = {}
    every = (formula.forward, *(output.equation for output in formula.others))
    for place, equation in enumerate(every):
        if equation is not None:
            found.update(dict.fromkeys(_of(equation, place, formula)))
    return tuple(found)


def further_axes(formula: Formula) -> dict[str, tuple[str, ...]]:
    """What the formula calls the axes of its outputs after the first, by the output's name."""
    return {f"output_{k}": output.axes for k, output in enumerate(formula.others, 1)}


def own_axes(formula: Formula, name: str) -> tuple[str, ...]:
    """What the formula itself calls the axes of a tensor."""
    return formula.axes.get(name) or further_axes(formula).get(name, ())


@per_object
def letters(formula: Formula) -> dict[tuple[str, int], str]:
    """The index at which each axis of a tensor stands by itself, by the tensor's name."""
    found: dict[tuple[str, int], str] = {}
    for equation in equations(formula):
        result = equation.result.name.removeprefix("grad_")
        for k, variable in enumerate(equation.indices):
            found.setdefault((result, k), variable.name)
        for node in nodes_of(equation):
            if isinstance(node, Read):
                name = node.tensor.removeprefix("grad_")
                for k, index in enumerate(node.indices):
                    if isinstance(index, Var):
                        found.setdefault((name, k), index.name)
    return found


@per_object
def together(formula: Formula) -> tuple[tuple[tuple[str, int], ...], ...]:
    """The axes of operands that a forward equation reads at one index, each with its tensor."""
    found: dict[str, dict[tuple[str, int], None]] = {}
    for equation in outputs(formula):
        for node in nodes_of(equation):
            if isinstance(node, Read):
                for k, index in enumerate(node.indices):
                    if isinstance(index, Var):
                        found.setdefault(index.name, {}).setdefault((node.tensor, k))
    return tuple(tuple(axes) for axes in found.values() if len(axes) > 1)


def _of(equation: Equation, output: int, formula: Formula) -> Iterator[Link]:
    places = {variable.name: k for k, variable in enumerate(equation.indices)}
    for node in nodes_of(equation):
        if isinstance(node, Reduce):
            places |= dict(_running(node, equation, formula, places))
    for node in nodes_of(equation):
        if isinstance(node, Read):
            for axis, index in enumerate(node.indices):
                letter = _moved(index, equation, formula)
                if letter in places:
                    yield Link(output, places[letter], node.tensor, axis)


def _running(
    node: Reduce, equation: Equation, formula: Formula, places: dict[str, int]
) -> Iterator[tuple[str, int]]:
    """The indices of a sum that runs up to an index of the output or begins there."""
    for span in node.ranges:
        ends = {_moved(end, equation, formula) for end in (span.start, span.stop)} & {*places}
        if len(ends) == 1:
            yield span.var.name, places[ends.pop()]


def _moved(index: Expr, equation: Equation, formula: Formula) -> str:
    """The only index in a sum of it, shifted, counted backwards or in steps; '' for others."""
    found = [v for v in _variables(index, equation, formula) if v is not None]
    return found[0] if len(found) == 1 else ""


def _variables(index: Expr, equation: Equation, formula: Formula) -> Iterator[str | None]:
    match index:
        case Var():
            yield index.name
        case Num() | Sym():
            return
        case Neg():
            yield from _variables(index.operand, equation, formula)
        case Add():
            for term in index.terms:
                yield from _variables(term, equation, formula)
        case Mul():
            for factor in index.factors:
                yield from _variables(factor, equation, formula)
        case Mod() if _ring(index, equation, formula):
            yield from _variables(index.numerator, equation, formula)
        case _:
            # twice, which is not once: nothing is known of it
            yield from ("", "")


def _ring(index: Mod, equation: Equation, formula: Formula) -> bool:
    """Whether an axis of the output is turned as a ring: all of its positions are read."""
    inside = [*_variables(index.numerator, equation, formula)]
    names = [variable.name for variable in equation.indices]
    if len(inside) != 1 or inside[0] not in names or not isinstance(index.denominator, Num | Sym):
        return False
    own = equation.result.sizes[names.index(inside[0])]
    return size(own, formula.settings) == size(index.denominator, formula.settings)

"""The symbols of a formula with their meaning, for the table beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.explain import lengths
from generator.explain.equations import equations, nodes_of, outputs, symbol
from generator.explain.index_values import index_values
from generator.explanation import Link, Symbol
from generator.formula.configure import Setting, size
from generator.formula.numerals import numeral
from generator.formula.remembered import per_object
from generator.formula.text import limit
from generator.formula.tree import (
    Cond,
    Equation,
    Expr,
    Read,
    Reduce,
    Sym,
    Tensor,
    Var,
)
from generator.formula.walk import children, reachable
from generator.layers.registry import Formula
from generator.wording import operand as called

__all__ = ["equations", "meanings", "symbol", "symbols"]

_COUNTED = {
    "batch": "sample of the batch",
    "depth": "plane",
    "height": "row",
    "width": "column",
    "length": "position",
}
"""What an index along an axis counts, where that is not what the axis is called."""


def symbols(
    formula: Formula, links: Mapping[str, Link | None], counts: Mapping[str, str]
) -> tuple[Symbol, ...]:
    """Tensors, then indices, then the configuration's quantities, each in order of appearance.

    They are those of all equations, the outputs' before the gradients', and quantities those of
    the output's shape too. A gradient by an operand and the one that arrives are called what they
    are where they stand. `counts` is what `meanings` gives.
    """
    sizes = [part for s in formula.sizes for part in _below(s.length)]
    ahead = [node for equation in outputs(formula) for node in nodes_of(equation)]
    backward = [node for equation in formula.gradients.values() for node in nodes_of(equation)]
    found = (
        *_tensors(formula, links),
        *_all_indices(formula, counts),
        *_quantities([*ahead, *sizes, *backward], formula),
    )
    return (*found, *_shape_symbols(formula, {row.latex for row in found}))


def _shape_symbols(formula: Formula, known: set[str]) -> Iterator[Symbol]:
    """The lengths of the output that no formula reads but that of its shape."""
    for s in formula.sizes:
        if s.latex not in known:
            known.add(s.latex)
            value = size(s.length, formula.settings)
            axis = s.axis if s.axis.startswith("axis ") else f"{s.axis} axis"
            yield Symbol(s.latex, f"length of the output's {axis}", rf"\({numeral(value)}\)")


def _tensors(formula: Formula, links: Mapping[str, Link | None]) -> Iterator[Symbol]:
    """The outputs, what they are computed from, and what only a gradient has."""
    found: dict[str, Tensor] = {}
    results = outputs(formula)
    for tensor in (
        *(equation.result for equation in results),
        *(tensor for equation in results for tensor in _read(equation)),
        *(tensor for e in formula.gradients.values() for tensor in _read(e)),
        # what gets a gradient, though no formula reads it
        *(t for e in equations(formula) for t in e.tensors if t.name in formula.gradients),
    ):
        # an output that a later equation reads is the result of an earlier one
        if tensor.role != "upstream":
            found.setdefault(symbol(tensor), tensor)
    for latex, tensor in found.items():
        # of what the general formula reads, a call may lack the bias
        absent = tensor.role == "parameter" and tensor.name not in links
        here = "none" if absent else _shape(tensor, formula.settings)
        yield Symbol(latex, tensor.meaning, here, links.get(tensor.name))


def _read(equation: Equation) -> Iterator[Tensor]:
    read = reachable((equation.body,), equation.stages)
    known = (*equation.tensors, *(s.tensor for s in equation.stages))
    return (tensor for tensor in known if tensor.name in read)


def _shape(tensor: Tensor, settings: Mapping[str, Setting]) -> str:
    lengths = [size(s, settings) for s in tensor.sizes]
    return str(lengths) if lengths else "a number"


@per_object
def meanings(formula: Formula) -> dict[str, str]:
    """What each index of the formula's equations counts, in order of appearance; '' if unknown."""
    order: dict[str, None] = {}
    named: dict[str, dict[str, str]] = {}
    for equation in equations(formula):
        nodes = list(nodes_of(equation))
        for index, axis, whose in _standing(equation, nodes, formula.axes):
            named.setdefault(index, {}).setdefault(axis, whose)
        read = reachable((equation.body,), equation.stages)
        stages = (v for s in equation.stages if s.tensor.name in read for v in s.indices)
        for variable in (*equation.indices, *_bound(nodes), *stages):
            order[variable.name] = None
    return {name: formula.indices.get(name) or _counted(named.get(name, {})) for name in order}


def _counted(named: Mapping[str, str]) -> str:
    """What an index counts that stands at axes of these names, each with the tensor that has it.

    An axis that has no more than a number may be one that has a name elsewhere.
    """
    found = {axis: whose for axis, whose in named.items() if not axis.startswith("axis ")} or named
    if len(found) == 1:
        (axis,) = found
        return _COUNTED.get(axis, axis)
    return ", ".join(f"{_COUNTED.get(axis, axis)} of {whose}" for axis, whose in found.items())


def _all_indices(formula: Formula, counts: Mapping[str, str]) -> Iterator[Symbol]:
    values = index_values(formula)
    for name, meaning in counts.items():
        shown = values.get(name, "")
        yield Symbol(name, f"index: {meaning}" if meaning else "index", shown)


def _bound(nodes: list[Expr | Cond]) -> Iterator[Var]:
    for node in nodes:
        if isinstance(node, Reduce):
            yield from (span.var for span in node.ranges)


def _standing(
    equation: Equation, nodes: list[Expr | Cond], axes: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str, str]]:
    """The axes of tensors at which an index stands by itself, as (index, axis, tensor)."""
    result = equation.result.name.removeprefix("grad_")
    for variable, axis in zip(equation.indices, axes.get(result, ()), strict=False):
        yield variable.name, axis, called(result)
    for node in nodes:
        if isinstance(node, Read):
            name = node.tensor.removeprefix("grad_")
            for index, axis in zip(node.indices, axes.get(name, ()), strict=False):
                if isinstance(index, Var):
                    yield index.name, axis, called(name)


def _quantities(nodes: list[Expr | Cond], formula: Formula) -> Iterator[Symbol]:
    settings, axes = formula.settings, lengths.along(formula, equations(formula))
    seen: set[str] = set()
    for node in nodes:
        if isinstance(node, Sym) and node.name not in seen and node.name in settings:
            seen.add(node.name)
            value = settings[node.name]
            end = limit(value)
            here = rf"\({numeral(value)}\){f', {end}' if end else ''}"
            meaning = lengths.called(node.meaning, axes.get(node.name))
            yield Symbol(node.latex, meaning or "size", here)


def _below(node: Expr | Cond) -> Iterator[Expr | Cond]:
    yield node
    for child in children(node):
        yield from _below(child)

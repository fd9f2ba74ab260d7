"""The symbols of a formula with their meaning, for the table beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from generator.explanation import Link, Symbol
from generator.formula.configure import Setting, size
from generator.formula.numerals import numeral
from generator.formula.remembered import per_object
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

    Tensors and stages are those of the forward equation; indices and quantities are those of all
    equations, and quantities those of the output's shape too. `counts` is what `meanings` gives.
    """
    forward, settings = formula.forward, formula.settings
    nodes = list(_walk(forward))
    lengths = (part for s in formula.sizes for part in _below(s.length))
    backward = (node for equation in formula.gradients.values() for node in _walk(equation))
    return (
        *_tensors(forward, settings, links),
        *_all_indices(formula, counts),
        *_quantities([*nodes, *lengths, *backward], settings),
    )


@per_object
def _walk(equation: Equation) -> tuple[Expr | Cond, ...]:
    return tuple(_nodes(equation))


def _nodes(equation: Equation) -> Iterator[Expr | Cond]:
    read = reachable((equation.body,), equation.stages)
    stages = (s.body for s in equation.stages if s.tensor.name in read)
    waiting: list[Expr | Cond] = [equation.body, *stages]
    waiting.reverse()
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def _tensors(
    equation: Equation, settings: Mapping[str, Setting], links: Mapping[str, Link | None]
) -> Iterator[Symbol]:
    read = reachable((equation.body,), equation.stages)
    known = (*equation.tensors, *(s.tensor for s in equation.stages))
    for tensor in (equation.result, *(t for t in known if t.name in read)):
        yield Symbol(
            symbol(tensor),
            tensor.meaning,
            _shape(tensor, settings),
            links.get(tensor.name),
        )


def symbol(tensor: Tensor) -> str:
    """The tensor's symbol without indices."""
    return tensor.latex.replace("_{#}", "").replace("#", "")


def _shape(tensor: Tensor, settings: Mapping[str, Setting]) -> str:
    lengths = [size(s, settings) for s in tensor.sizes]
    return str(lengths) if lengths else "a number"


@per_object
def meanings(formula: Formula) -> dict[str, str]:
    """What each index of the formula's equations counts, in order of appearance; '' if unknown."""
    known: dict[str, str] = dict(formula.indices)
    order: dict[str, None] = {}
    for equation in (formula.forward, *formula.gradients.values()):
        nodes = list(_walk(equation))
        named = _named_axes(equation, nodes, formula.axes)
        read = reachable((equation.body,), equation.stages)
        stages = (v for s in equation.stages if s.tensor.name in read for v in s.indices)
        for variable in (*equation.indices, *_bound(nodes), *stages):
            order[variable.name] = None
            if not known.get(variable.name):
                known[variable.name] = named.get(variable.name, "")
    return {name: known[name] for name in order}


def _all_indices(formula: Formula, counts: Mapping[str, str]) -> Iterator[Symbol]:
    spans: dict[str, str] = {}
    for equation in (formula.forward, *formula.gradients.values()):
        spans = {**_spans(equation, list(_walk(equation)), formula.settings), **spans}
    for name, meaning in counts.items():
        yield Symbol(name, f"index: {meaning}" if meaning else "index", spans.get(name, ""))


def _spans(
    equation: Equation, nodes: list[Expr | Cond], settings: Mapping[str, Setting]
) -> dict[str, str]:
    """The values that an index takes, `0 … 7`, where they depend on no other index."""
    found: dict[str, str] = {}
    ranges = [span for node in nodes if isinstance(node, Reduce) for span in node.ranges]
    pairs = zip(equation.indices, equation.result.sizes, strict=True)
    for span in (*(variable.over(length) for variable, length in pairs), *ranges):
        with suppress(TypeError, KeyError):
            first, last = size(span.start, settings), size(span.stop, settings) - 1
            found.setdefault(span.var.name, str(first) if first == last else f"{first} … {last}")
    return found


def _bound(nodes: list[Expr | Cond]) -> Iterator[Var]:
    for node in nodes:
        if isinstance(node, Reduce):
            yield from (span.var for span in node.ranges)


def _named_axes(
    equation: Equation, nodes: list[Expr | Cond], axes: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """What each index counts: along the axis of a tensor that it stands at by itself."""
    found: dict[str, str] = {}
    result = equation.result.name.removeprefix("grad_")
    for variable, axis in zip(equation.indices, axes.get(result, ()), strict=False):
        found.setdefault(variable.name, _COUNTED.get(axis, axis))
    for node in nodes:
        if isinstance(node, Read):
            name = node.tensor.removeprefix("grad_")
            for index, axis in zip(node.indices, axes.get(name, ()), strict=False):
                if isinstance(index, Var):
                    found.setdefault(index.name, _COUNTED.get(axis, axis))
    return found


def _quantities(nodes: list[Expr | Cond], settings: Mapping[str, Setting]) -> Iterator[Symbol]:
    seen: set[str] = set()
    for node in nodes:
        if isinstance(node, Sym) and node.name not in seen and node.name in settings:
            seen.add(node.name)
            value = settings[node.name]
            yield Symbol(node.latex, node.meaning or "size", rf"\({numeral(value)}\)")


def _below(node: Expr | Cond) -> Iterator[Expr | Cond]:
    yield node
    for child in children(node):
        yield from _below(child)

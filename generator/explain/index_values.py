"""The values that the indices of a formula take, `0 … 7`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from generator.explain.equations import equations, nodes_of, symbol
from generator.formula.configure import Setting, size
from generator.formula.latex import Printer
from generator.formula.numbers import with_numbers
from generator.formula.tree import Add, Equation, Expr, Num, Range, Reduce, Tensor, Var, add
from generator.formula.walk import reachable
from generator.layers.registry import Formula

_DERIVATIVE = re.compile(r"^\\frac\{(\\partial L)\}\{(.*)\}$")
_SPANS = 3
"""Different ranges of one index that a table names."""


def index_values(formula: Formula) -> dict[str, str]:
    """The values of each index, by its letter; as far as another index goes, `0 … i`."""
    spans: dict[str, dict[tuple[int, int], str]] = {}
    for equation in equations(formula):
        for known, values, where in _spans(equation, formula.settings):
            spans.setdefault(known, {}).setdefault(values, where)
    dependent: dict[str, str] = {}
    for equation in equations(formula):
        for known, shown in _dependent_spans(equation, formula.settings):
            dependent.setdefault(known, shown)
    fixed = {name: _values(found) for name, found in spans.items()}
    return {**dependent, **fixed}


def _values(spans: Mapping[tuple[int, int], str]) -> str:
    """The values that an index takes, `0 … 7`; where they differ, of each tensor."""
    if len(spans) == 1:
        ((first, last),) = spans
        return "none" if last < first else str(first) if first == last else f"{first} … {last}"
    parts = []
    for (first, last), where in spans.items():
        shown = str(first) if first == last else rf"{first} \ldots {last}"
        shown = r"\text{none}" if last < first else shown
        parts.append(rf"{shown} \text{{ in }} {where}" if where else rf"{shown} \text{{ in a sum}}")
    more = [r"\ldots"] if len(parts) > _SPANS else []
    listed = r",\; ".join([*parts[:_SPANS], *more])
    return rf"\({listed}\)"


def _spans(
    equation: Equation, settings: Mapping[str, Setting]
) -> Iterator[tuple[str, tuple[int, int], str]]:
    """The first and last value of an index, where they depend on no other index, and of what."""
    for span, tensor in _ranges(equation):
        with suppress(TypeError, KeyError):
            first, last = size(span.start, settings), size(span.stop, settings) - 1
            yield span.var.name, (first, last), "" if tensor is None else _inline(symbol(tensor))


def _inline(latex: str) -> str:
    """A derivative on one line."""
    return _DERIVATIVE.sub(r"\1 / \2", latex)


def _dependent_spans(
    equation: Equation, settings: Mapping[str, Setting]
) -> Iterator[tuple[str, str]]:
    """The same of one that goes as far as another index says, `0 … i`."""
    printer = Printer.of(equation)
    for span, _ in _ranges(equation):
        first = with_numbers(span.start, settings)
        last = with_numbers(_before(span.stop), settings)
        yield span.var.name, rf"\({printer.latex(first)} \ldots {printer.latex(last)}\)"


def _before(stop: Expr) -> Expr:
    """The last value of a range that ends before `stop`."""
    *terms, last = stop.terms if isinstance(stop, Add) else (stop, Num(0))
    if not isinstance(last, Num):
        return stop - 1
    shift = last.value - 1
    return add(*terms, shift) if shift > 0 else add(*terms) - -shift if shift else add(*terms)


def _ranges(equation: Equation) -> Iterator[tuple[Range, Tensor | None]]:
    """Those of the result's indices, of reductions, and of the indices of stages."""
    yield from _over(equation.indices, equation.result)
    for node in nodes_of(equation):
        if isinstance(node, Reduce):
            yield from ((span, None) for span in node.ranges)
    read = reachable((equation.body,), equation.stages)
    for stage in equation.stages:
        if stage.tensor.name in read:
            yield from _over(stage.indices, stage.tensor)


def _over(indices: tuple[Var, ...], tensor: Tensor) -> Iterator[tuple[Range, Tensor]]:
    return ((v.over(length), tensor) for v, length in zip(indices, tensor.sizes, strict=True))

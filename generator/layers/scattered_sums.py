"""Sums and means of what indices send to each element, and what flows back to each part."""

from __future__ import annotations

from dataclasses import dataclass

from generator.formula.build import cases
from generator.formula.tree import Equation, Expr, Num, Stage
from generator.layers.registry import Note
from generator.layers.scattering import Scattering
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped


@dataclass(frozen=True)
class Scattered:
    """The equations of one kind of reduction."""

    forward: Equation
    gradients: dict[str, Equation]
    notes: tuple[Note, ...] = ()


def with_self(along: Scattering) -> bool:
    """Whether the input's own value is part of it."""
    return bool(along.call.options["include_self"])


def forward(
    along: Scattering,
    body: Expr,
    *stages: Stage,
    arithmetic: Expr | None = None,
    shared: bool = False,
) -> Equation:
    """y = body."""
    tensors = (along.x, along.p, along.source("src"))
    y = along.changed
    body = wrapped(along.call, body).body
    return Equation(y, along.indices(y), body, tensors, stages, arithmetic, shared)


def to_input(
    along: Scattering, body: Expr, *stages: Stage, arithmetic: Expr | None = None
) -> Equation:
    """∂L/∂x = body."""
    g = upstream(along.changed)
    tensors = (g, along.x, along.p, along.source("src"))
    return Equation(gradient_of(along.x), along.indices(along.x), body, tensors, stages, arithmetic)


def sum_(along: Scattering) -> Scattered:
    """y = x + Σ s."""
    s = along.beside(along.source("src"))
    sent = along.sent("src", along.inside(upstream(along.changed)))
    if with_self(along):
        equation = forward(along, along.added(s), arithmetic=along.added_in_order(s))
        return Scattered(equation, {"input": along.passed(), **sent})
    if along.empty:
        return Scattered(forward(along, along.own(along.x)), {"input": along.passed(), **sent})
    body = cases((along.counted > 0, along.over(s)), otherwise=along.own(along.x))
    return Scattered(forward(along, body, along.count), {"input": along.kept(), **sent})


def mean(along: Scattering) -> Scattered:
    """y = (x + Σ s) / (1 + how many)."""
    g, s = upstream(along.changed), along.beside(along.source("src"))
    count = along.inside(along.count.tensor)
    own = along.own(g)
    if with_self(along):
        many, parts = 1 + along.counted, 1 + count
        in_order = along.added_in_order(s)
        equation = forward(
            along,
            along.added(s) / many,
            along.count,
            arithmetic=None if in_order is None else in_order / many,
        )
        input_ = to_input(along, own / many, along.count)
    else:
        parts = count
        average = Num(0) if along.empty else along.over(s) / along.counted
        body = cases((along.counted > 0, average), otherwise=along.own(along.x))
        equation = forward(along, body, along.count)
        input_ = along.kept()
    sent = along.sent("src", along.inside(g) / parts, stages=(along.count,))
    return Scattered(equation, {"input": input_, **sent})

"""Axes of a tensor of which nothing but the shape is known, and x and y with such axes."""

from __future__ import annotations

from collections.abc import Sequence

from generator.formula.tree import Tensor, Var
from generator.layers import elementwise
from generator.layers.axes import Axis, lengths


def dims(rank: int) -> tuple[Axis, ...]:
    """An axis for each of so many: n, c, h, w for four."""
    found = elementwise.axes((1,) * rank)
    return tuple(
        Axis(name, at, length)
        for name, at, length in zip(found.names, found.indices, found.sizes, strict=True)
    )


def primed(axis: Axis) -> Var:
    """An index of the same axis beside its own: h'."""
    return Var(f"{axis.at.name}'")


def input_of(axes: Sequence[Axis]) -> Tensor:
    """The input x, with these axes."""
    return Tensor("input", "x", lengths(axes), "input", label="Input")


def output_of(axes: Sequence[Axis]) -> Tensor:
    """The output y, with these axes."""
    return Tensor("output", "y", lengths(axes), "output", "result", label="Output")

"""Operands of products: which axes each has, and what the axes of matrices are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from generator.formula.build import total
from generator.formula.tree import Expr, Neg, Range, Role, Sym, Var
from generator.layers.axes import Axis
from generator.layers.complexes import component
from generator.layers.dtypes import finer, spelled
from generator.layers.registry import Call, Refused

_LEADING = ("n", "t", "s", "r", "q")


def axis(name: str, letter: str, length: str = "", meaning: str = "") -> Axis:
    """An axis with the index `letter`; its length is the capital unless another symbol is given."""
    symbol = length or letter.upper()
    return Axis(name, Var(letter), Sym(symbol, symbol, meaning or f"length of the {name} axis"))


ROW = axis("row", "i", meaning="number of rows")
COLUMN = axis("column", "j", meaning="number of columns")
INNER = axis("inner", "k", meaning="number of products in each sum")


def leading(count: int) -> tuple[Axis, ...]:
    """Axes of a batch, each position of which has a product of its own."""
    if count == 1:
        return (axis("axis 0", "n", meaning="length of axis 0"),)
    letters = _LEADING[:count] if count <= len(_LEADING) else [f"n_{k}" for k in range(count)]
    return tuple(
        axis(f"axis {k}", letter, f"N_{{{k}}}", f"length of axis {k}")
        for k, letter in enumerate(letters)
    )


@dataclass(frozen=True)
class Factor:
    """An operand: its name in the call, and what each of its axes runs along."""

    name: str
    symbol: str
    axes: tuple[Axis, ...]
    label: str
    meaning: str
    role: Role = "input"


def factors(*named: tuple[str, tuple[Axis, ...]]) -> tuple[Factor, ...]:
    """Operands without a part of their own: x, x and z, or x with numbers."""
    if len(named) == 1:
        return (Factor(named[0][0], "x", named[0][1], "Input", "input"),)
    if len(named) == 2:
        (first, own), (second, other) = named
        return (
            Factor(first, "x", own, "First Operand", "first operand"),
            Factor(second, "z", other, "Second Operand", "second operand"),
        )
    return tuple(
        Factor(name, f"x^{{({k})}}", axes, f"Operand {k}", f"operand {k}")
        for k, (name, axes) in enumerate(named, start=1)
    )


def refuse_conversions(call: Call) -> None:
    """Refused where an operand is rounded, or has to be, on its way to the result's type."""
    output = call.output
    for name, argument in call.tensors.items():
        kept = argument.integer if output.integer else not argument.integer
        if not kept or finer(component(argument.dtype), component(output.dtype)):
            types = f"{name} is {argument.dtype} and the result {output.dtype}"
            raise Refused(f"{spelled(call)}: {types}; this conversion is not explained")


def total_over(ranges: Sequence[Range], body: Expr) -> Expr:
    """Σ body over the ranges, a minus sign in front of the sum."""
    if not ranges:
        return body
    if isinstance(body, Neg):
        return Neg(total(ranges, body.operand))
    return total(ranges, body)


def distinct(found: tuple[str, ...]) -> tuple[str, ...]:
    """Names of axes, told apart where one occurs twice."""
    return tuple(
        name if found.count(name) == 1 else f"{name}, {_ORDINALS.get(k, f'number {k}')}"
        for place, name in enumerate(found)
        for k in (found[: place + 1].count(name),)
    )


_ORDINALS = {1: "first", 2: "second", 3: "third"}

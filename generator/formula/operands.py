"""The tensors that an equation reads: their shapes, their elements, and what lies outside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from generator.formula.bounds import Interval, extent
from generator.formula.remembered import per_object
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Cond,
    Equation,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Num,
    Outside,
    Read,
    Reduce,
    Var,
)
from generator.formula.tree import Tensor as Declared
from generator.formula.walk import children


def lengths(tensor: Declared) -> tuple[int, ...]:
    """The sizes of a configured tensor."""
    return tuple(int(s.value) for s in tensor.sizes if isinstance(s, Num))


def coordinates(offsets: Tensor, sizes: Sequence[int]) -> Tensor:
    """Row-major offsets as indices, shape (count, axes)."""
    columns: list[Tensor] = []
    for length in reversed(sizes):
        columns.append(offsets % max(length, 1))
        offsets = offsets // max(length, 1)
    if not columns:
        return offsets.new_zeros((offsets.shape[0], 0))
    return torch.stack(columns[::-1], dim=1)


def offset(element: Sequence[int], sizes: Sequence[int]) -> int:
    """The row-major offset of an element; `coordinates` is the way back."""
    found = 0
    for index, length in zip(element, sizes, strict=True):
        found = found * length + index
    return found


def index_ranges(equation: Equation) -> dict[str, Interval]:
    """The interval of each index of a configured equation's result."""
    pairs = zip(equation.indices, lengths(equation.result), strict=True)
    return {variable.name: (0, length - 1) for variable, length in pairs}


def numel(tensor: Declared) -> int:
    """The number of elements of a configured tensor."""
    return math.prod(lengths(tensor))


def is_integer(node: Expr, equation: Equation) -> bool:
    """Whether the node is integer-valued by construction."""
    match node:
        case Num():
            return isinstance(node.value, int)
        case Var() | FloorDiv() | Mod() | Bracket():
            return True
        case Read():
            return equation.declared(node.tensor).integer
        case Add():
            return all(is_integer(t, equation) for t in node.terms)
        case Mul():
            return all(is_integer(f, equation) for f in node.factors)
        case Extreme():
            return all(is_integer(o, equation) for o in node.operands)
        case Neg():
            return is_integer(node.operand, equation)
        case Apply():
            return node.function == "abs" and is_integer(node.operand, equation)
        case Reduce():
            # into a floating-point result a library adds floating-point numbers
            whole = equation.result.integer and is_integer(node.body, equation)
            return whole or node.kind.startswith("arg")
        case Cases():
            values = (*(c.value for c in node.cases), node.otherwise)
            return all(is_integer(v, equation) for v in values)
        case _:
            return False


def term_count(node: Expr | Cond, ranges: Mapping[str, Interval]) -> int:
    """How many numbers the evaluation of a node holds at once for each element."""
    return max((_terms(found, ranges) for found in _outermost(node)), default=1)


@per_object
def _outermost(node: Expr | Cond) -> tuple[Reduce, ...]:
    """The reductions in a node that are not within another."""
    return tuple(_reductions(node))


def _reductions(node: Expr | Cond) -> Iterator[Reduce]:
    if isinstance(node, Reduce):
        yield node
        return
    for child in children(node):
        yield from _reductions(child)


def _terms(node: Reduce, ranges: Mapping[str, Interval]) -> int:
    inside = dict(ranges)
    count = 1
    for span in node.ranges:
        limits = extent(span, inside)
        if limits is not None:
            inside[span.var.name] = limits
            count *= max(1, limits[1] - limits[0] + 1)
    parts = [node.body, *(() if node.where is None else (node.where,))]
    return count * max(term_count(part, inside) for part in parts)


class Store:
    """Captured tensors by name, checked against the equation's declarations."""

    def __init__(self, equation: Equation, operands: Mapping[str, Tensor]) -> None:
        self.flat: dict[str, Tensor] = {}
        self.device = torch.device("cpu")
        for declared in equation.tensors:
            tensor = operands[declared.name]
            if tuple(tensor.shape) != lengths(declared):
                message = (
                    f"{declared.name} has shape {tuple(tensor.shape)}, "
                    f"the equation declares {lengths(declared)}"
                )
                raise ValueError(message)
            self.flat[declared.name] = tensor.reshape(-1)
            if tensor.device.type != "cpu":
                self.device = tensor.device
        # some operands are on the CPU wherever the others are: the batch sizes of packed sequences
        self.flat = {name: flat.to(self.device) for name, flat in self.flat.items()}
        self.zero = torch.zeros((), dtype=torch.float64, device=self.device)

    def gather(self, name: str, offset: Tensor) -> Tensor:
        """The elements of a tensor at row-major offsets, as float64 or, of integers, int64."""
        flat = self.flat[name]
        wide = torch.float64 if flat.is_floating_point() else torch.int64
        if flat.numel() == 0:
            # asked by a case alone that does not hold; that what holds exists is seen before
            return flat.new_zeros(offset.shape, dtype=wide)
        if flat.dtype != wide and offset.numel() >= flat.numel():
            # each element is read many times, and converted once
            flat = self.flat[name] = flat.to(wide)
        return flat.index_select(0, offset.flatten()).view(offset.shape).to(wide)

    @staticmethod
    def bring_inside(
        index: Tensor, length: int, outside: Outside | None
    ) -> tuple[Tensor, Tensor | None]:
        """An index that may lie outside, brought inside by the tensor's rule.

        Without a rule, or with a constant outside, the second result says where it was inside.
        """
        if outside is None or outside.rule == "constant":
            return index.clamp(0, max(length - 1, 0)), (index >= 0) & (index < length)
        if outside.rule == "circular":
            return index % length, None
        if outside.rule == "reflect":
            return (length - 1) - ((length - 1) - index.abs()).abs(), None
        return index.clamp(0, length - 1), None

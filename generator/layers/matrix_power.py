"""Y = X^p: a square matrix multiplied by itself, one product after the other.

By the product rule the gradient has a term for each factor: Σ_m (X^m)ᵀ g (X^{p-1-m})ᵀ.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import bracket, equal, total
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor, Var, add
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import whole
from generator.layers.dtypes import spelled
from generator.layers.factors import axis, distinct, leading
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_MOST = 8
_ROW = axis("row", "i", "K", "number of rows and columns")
_COLUMN = axis("column", "j", "K", "number of rows and columns")


@explains(
    "torch.matrix_power",
    "torch.linalg.matrix_power",
    "torch.Tensor.matrix_power",
    arguments="input, n",
    title="Matrix power",
    search=("power of a matrix",),
)
def matrix_power(call: Call) -> Formula:
    """A power with a whole exponent that is not negative, of each matrix of a batch."""
    power = whole(call, "n")
    if power < 0:
        raise Refused(f"{spelled(call)}: powers of the inverse are not explained")
    if power > _MOST:
        raise Refused(f"{spelled(call)}: powers above {_MOST} are not explained")
    matrix = _Matrix(call, leading(len(call.shape()) - 2))
    integer = call.output.integer
    named = distinct(names(matrix.axes))
    count = call.shape()[-1]
    batch = call.output.shape[:-2]
    return Formula(
        summary=_summary(power),
        forward=Equation(
            matrix.y,
            at(matrix.axes),
            matrix.power(power, *at((_ROW, _COLUMN))),
            (matrix.x,),
            matrix.stages(power - 1),
        ),
        gradients={} if integer else {"input": matrix.gradient(power)},
        settings=settings(matrix.axes, call.shape()),
        axes={"input": named, "output": named},
        multiply_adds=max(power - 1, 0) * count**3 * torch.Size(batch).numel(),
    )


class _Matrix:
    """The matrix, its powers as stages, and what they are at an element."""

    def __init__(self, call: Call, lead: tuple[Axis, ...]) -> None:
        self.lead = lead
        self.axes = (*lead, _ROW, _COLUMN)
        self.sizes = lengths(self.axes)
        integer = call.output.integer
        self.x = Tensor("input", "x", self.sizes, "input", integer=integer, label="Input")
        self.y = Tensor(
            "output", "y", self.sizes, "output", "result", integer=integer, label="Output"
        )

    def _stage(self, power: int) -> Tensor:
        latex = f"x^{{({power})}}"
        return Tensor(f"power_{power}", latex, self.sizes, f"power {power} of the input", "stage")

    def stages(self, most: int) -> tuple[Stage, ...]:
        """The powers from the second to `most`."""
        return tuple(
            Stage(self._stage(p), at(self.axes), self.power(p, *at((_ROW, _COLUMN))))
            for p in range(2, most + 1)
        )

    def element(self, power: int, row: Expr, column: Expr) -> Expr:
        """An element of a power, by its name."""
        tensor = self.x if power == 1 else self._stage(power)
        return tensor[*at(self.lead), row, column]

    def power(self, power: int, row: Expr, column: Expr) -> Expr:
        """An element of a power as the power before times the input."""
        if power == 0:
            return bracket(equal(row, column))
        if power == 1:
            return self.element(1, row, column)
        k = Var("k")
        product = self.element(power - 1, row, k) * self.element(1, k, column)
        return total(k.over(_ROW.length), product)

    def gradient(self, power: int) -> Equation:
        """∂L/∂x = Σ_m (X^m)ᵀ g (X^(p-1-m))ᵀ."""
        g = upstream(self.y)
        terms = [self._term(g, m, power - 1 - m) for m in range(power)]
        return Equation(
            gradient_of(self.x),
            at(self.axes),
            add(*terms) if terms else Num(0),
            (g, self.x),
            self.stages(power - 1),
        )

    def _term(self, g: Tensor, left: int, right: int) -> Expr:
        i, j = at((_ROW, _COLUMN))
        k, l = Var("k"), Var("l")  # noqa: E741
        rows = (k.over(_ROW.length),) if left else ()
        columns = (l.over(_ROW.length),) if right else ()
        body: Expr = g[*at(self.lead), k if left else i, l if right else j]
        if left:
            body = self.element(left, k, i) * body
        if right:
            body = body * self.element(right, j, l)
        return total((*rows, *columns), body) if left or right else body


def _summary(power: int) -> str:
    if power == 0:
        return "The identity matrix: the power 0 of any matrix."
    if power == 1:
        return "The matrix as it is."
    return f"The matrix product of {power} times the same matrix."


def _of(
    function: Callable[..., object],
    power: int,
    *shape: int,
    dtype: torch.dtype = torch.float32,
) -> Example:
    return Example(
        f"{function.__name__} {shape} to the power of {power}, {dtype}",
        lambda: (function, (torch.randn(shape).mul(2).to(dtype), power), {}),
    )


examples(
    _of(torch.matrix_power, 2, 3, 3),
    _of(torch.linalg.matrix_power, 3, 2, 3, 3),
    _of(torch.Tensor.matrix_power, 4, 4, 4),
    _of(torch.matrix_power, 5, 2, 2, 3, 3),
    _of(torch.matrix_power, 8, 6, 6),
    _of(torch.matrix_power, 1, 3, 3),
    _of(torch.matrix_power, 0, 3, 3),
    _of(torch.matrix_power, 2, 1, 1),
    _of(torch.matrix_power, 2, 0, 0),
    _of(torch.matrix_power, 3, 40, 40),
    _of(torch.matrix_power, 2, 3, 3, dtype=torch.float64),
)

"""y[i J + j] = x[i] z[j] along each axis: every element of x times the whole of z."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Num, Range, Sym, Tensor, Var, mul
from generator.layers.dtypes import spelled
from generator.layers.factors import total_over
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Refused,
    Size,
    examples,
    explains,
)
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped


@dataclass(frozen=True)
class _Axis:
    """One axis of the output with those of the operands that make it."""

    place: int
    first: bool
    """Whether the first operand has it; an absent axis counts as one of length 1."""
    second: bool

    @property
    def at(self) -> Var:
        return Var(f"h_{self.place}")

    @property
    def i(self) -> Var:
        """The index in the first operand."""
        return Var(f"i_{self.place}")

    @property
    def j(self) -> Var:
        """The index in the second operand."""
        return Var(f"j_{self.place}")

    @property
    def lengths(self) -> tuple[Sym, Sym]:
        place = self.place
        return (
            Sym(f"I_{place}", f"I_{place}", f"length of the first operand's axis {place}"),
            Sym(f"J_{place}", f"J_{place}", f"length of the second operand's axis {place}"),
        )

    @property
    def length(self) -> Expr:
        return mul(*self.lengths)

    @property
    def joined(self) -> Expr:
        """The output's index from those of the operands."""
        i = self.i if self.first else Num(0)
        return i * self.lengths[1] + (self.j if self.second else Num(0))


@explains(
    "torch.kron",
    "torch.Tensor.kron",
    arguments="input, other",
    title="Kronecker product",
    search=("kron", "tensor product"),
)
def kron(call: Call) -> Formula:
    """The Kronecker product, for operands of any two ranks."""
    output = call.output
    for name, argument in call.tensors.items():
        if argument.dtype != output.dtype:
            types = f"{name} is {argument.dtype} and the result {output.dtype}"
            raise Refused(f"{spelled(call)}: {types}; this conversion is not explained")
    shapes = call.shape(), call.shape("other")
    rank = max(map(len, shapes))
    axes = [_Axis(k, k >= rank - len(shapes[0]), k >= rank - len(shapes[1])) for k in range(rank)]
    integer = output.integer
    first, second = [a for a in axes if a.first], [a for a in axes if a.second]
    x = Tensor("input", "x", tuple(a.lengths[0] for a in first), "first operand", integer=integer)
    z = Tensor("other", "z", tuple(a.lengths[1] for a in second), "second operand", integer=integer)
    y = Tensor("output", "y", tuple(a.length for a in axes), "output", "result", integer=integer)
    g = upstream(y)
    at = tuple(a.at for a in axes)
    reads = (
        x[tuple(a.at // a.lengths[1] for a in first)],
        z[tuple(a.at % a.lengths[1] for a in second)],
    )
    held = wrapped(call, mul(*reads))
    here = g[tuple(a.joined for a in axes)]
    i, j = tuple(a.i for a in first), tuple(a.j for a in second)
    names = tuple(f"axis {a.place}" for a in axes)
    return Formula(
        summary="Each element of the first operand becomes a copy of the second, times it.",
        forward=Equation(y, at, held.body, (x, z)),
        gradients={}
        if integer
        else {
            "input": Equation(gradient_of(x), i, _over(second, 1, here * z[j]), (g, z)),
            "other": Equation(gradient_of(z), j, _over(first, 0, here * x[i]), (g, x)),
        },
        settings={**_settings(axes, shapes), **held.settings},
        axes={
            "input": names[rank - len(shapes[0]) :],
            "other": names[rank - len(shapes[1]) :],
            "output": names,
        },
        sizes=tuple(Size(f"axis {a.place}", f"H_{a.place}", a.length) for a in axes),
        notes=held.notes,
        result="product",
    )


def _over(axes: list[_Axis], operand: int, body: Expr) -> Expr:
    """Σ body over the indices of one operand."""
    indices = [(a.j if operand else a.i, a.lengths[operand]) for a in axes]
    ranges: list[Range] = [v.over(length) for v, length in indices]
    return total_over(ranges, body)


def _settings(axes: list[_Axis], shapes: tuple[tuple[int, ...], ...]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for operand, shape in enumerate(shapes):
        padded = (1,) * (len(axes) - len(shape)) + shape
        found |= {a.lengths[operand].name: n for a, n in zip(axes, padded, strict=True)}
    return found


def _of(
    function: Callable[..., object], *shapes: tuple[int, ...], dtype: torch.dtype = torch.float32
) -> Example:
    return Example(
        f"{function.__name__} {shapes} {dtype}",
        lambda: (function, tuple(torch.randn(s).mul(9).to(dtype) for s in shapes), {}),
    )


examples(
    _of(torch.kron, (2, 3), (4, 2)),
    _of(torch.kron, (2,), (3,)),
    _of(torch.kron, (2, 2), (3,)),
    _of(torch.kron, (3,), (2, 1, 2)),
    _of(torch.kron, (), (2, 3)),
    _of(torch.kron, (2, 3), ()),
    _of(torch.kron, (1, 3), (1, 1)),
    _of(torch.kron, (0, 2), (3, 2)),
    _of(torch.Tensor.kron, (2, 3), (3, 2), dtype=torch.int64),
    _of(torch.kron, (20, 3), (2, 30), dtype=torch.float16),
)

"""y[n, k] = x[n, p[n, k]]: along one axis, where indices say, all other axes side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from generator.formula.build import equal, total
from generator.formula.tree import Equation, Expr, Num, Tensor
from generator.layers.along import PLACE, POINTS
from generator.layers.axes import Axis, at, names, settings
from generator.layers.dims import axis_at, dims, output_of, primed
from generator.layers.dtypes import refuse_unreal, spelled
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.take import taken
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.take_along_dim",
    "torch.Tensor.take_along_dim",
    arguments="input, indices, dim=None",
    title="Take along an axis",
    search=("take_along_axis", "gather", "apply argsort", "torch.take_along_dim"),
)
def take_along_dim(call: Call) -> Formula:
    """Elements at given indices along the axis `dim`; without it, at positions in one list."""
    if call.options["dim"] is None:
        return taken(call, "indices")
    refuse_unreal(call)
    pair = _Pair(call, axis_at(call, "dim"))
    axes, place, out = pair.axes, pair.place, pair.out
    return Formula(
        summary=f"Each output is the input's value at the index along axis {place} that the index "
        "tensor has there, one below 0 counting from the end; all other indices are the output's "
        "own.",
        forward=Equation(
            pair.y, at(out), pair.x[pair.read("input", pair.points)], (pair.x, pair.p)
        ),
        gradients={} if pair.x.integer else {"input": pair.gradient()},
        settings={
            **settings((axes[place],), (call.shape()[place],)),
            **settings(out, call.output.shape),
        },
        axes={"input": names(axes), "indices": names(out), "output": names(out)},
        indices=POINTS,
    )


@dataclass(frozen=True)
class _Pair:
    """The input and the indices, each repeated along the axes where it has length 1."""

    call: Call
    place: int

    def __post_init__(self) -> None:
        found, rank = self.call.tensors.get("indices"), len(self.call.shape())
        if found is None or not found.integer or len(found.shape) != rank or not rank:
            raise Refused(f"{spelled(self.call)}: expected indices with all axes of the input")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The input's axes."""
        return dims(len(self.call.shape()))

    @property
    def out(self) -> tuple[Axis, ...]:
        """The output's axes."""
        return (*self.axes[: self.place], PLACE, *self.axes[self.place + 1 :])

    def repeated(self, name: str) -> tuple[bool, ...]:
        """Along which axes the operand is repeated."""
        pairs = zip(self.call.shape(name), self.call.output.shape, strict=True)
        return tuple(n != m and k != self.place for k, (n, m) in enumerate(pairs))

    def sizes(self, name: str, axes: tuple[Axis, ...]) -> tuple[Expr, ...]:
        """The operand's lengths."""
        pairs = zip(axes, self.repeated(name), strict=True)
        return tuple(Num(1) if repeated else a.length for a, repeated in pairs)

    def read(self, name: str, own: Expr) -> tuple[Expr, ...]:
        """The operand's indices, from those of the output and its own along the axis."""
        pairs = zip(self.axes, self.repeated(name), strict=True)
        found: list[Expr] = [Num(0) if repeated else a.at for a, repeated in pairs]
        return (*found[: self.place], own, *found[self.place + 1 :])

    @property
    def x(self) -> Tensor:
        """The input."""
        integer, sizes = self.call.output.integer, self.sizes("input", self.axes)
        return Tensor("input", "x", sizes, "input", integer=integer, label="Input")

    @property
    def y(self) -> Tensor:
        """The output."""
        return output_of(self.out, integer=self.call.output.integer)

    @property
    def p(self) -> Tensor:
        """The indices."""
        meaning = f"which index along axis {self.place} is meant"
        sizes = self.sizes("indices", self.out)
        return Tensor("indices", "p", sizes, meaning, integer=True, label="Indices")

    @property
    def points(self) -> Expr:
        """The index of the input that is meant here."""
        return self.p[self.read("indices", PLACE.at)] % self.axes[self.place].length

    def gradient(self) -> Equation:
        """What all outputs that read the element send back."""
        g, axes = upstream(self.y), self.axes
        repeated = [a for a, r in zip(axes, self.repeated("input"), strict=True) if r]
        spans = (*(a.span for a in repeated), PLACE.span)
        body: Expr = total(spans, g[at(self.out)], equal(self.points, axes[self.place].at))
        if 0 in self.call.output.shape:
            body = Num(0)
        own = tuple(primed(a) if a in repeated else a.at for a in axes)
        return Equation(gradient_of(self.x), own, body, (g, self.p))


def _take(shape: tuple[int, ...], dim: int | None, *indices: int) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        rows = torch.Size(shape).numel() if dim is None else shape[dim]
        return (
            torch.take_along_dim,
            (torch.randn(shape), torch.randint(0 if dim is None else -rows, rows, indices)),
            {"dim": dim},
        )

    return Example(f"take_along_dim {shape}, axis {dim}, {indices}", run)


examples(
    _take((3, 4), 0, 2, 4),
    _take((3, 4), 1, 3, 7),
    _take((3, 4), 1, 1, 2),
    _take((1, 4), 1, 3, 2),
    _take((2, 1, 4), 2, 1, 3, 2),
    _take((2, 3, 4), -2, 2, 1, 1),
    _take((5,), 0, 8),
    _take((5,), 0, 0),
    _take((3, 4), 0, 0, 4),
    _take((3, 4), None, 6),
    _take((3, 4), None, 2, 3),
    _take((3, 4), None),
    Example(
        "the sorted input",
        lambda: (
            torch.take_along_dim,
            (torch.randn(3, 4), torch.randn(3, 4).argsort(1)),
            {"dim": 1},
        ),
    ),
    Example(
        "whole numbers",
        lambda: (torch.take_along_dim, (torch.arange(6).reshape(2, 3), torch.tensor([[2]]), 1), {}),
    ),
)

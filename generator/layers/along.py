"""x[n, p[n, k, w], w]: the axis of a tensor along which another tensor's whole numbers point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from generator.formula.build import cases, equal, every, total, within
from generator.formula.configure import Setting
from generator.formula.tree import (
    Compare,
    Cond,
    Equation,
    Expr,
    Num,
    Read,
    Stage,
    Sym,
    Tensor,
    Var,
)
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import axis_at, dims, input_of, output_of
from generator.layers.dtypes import refuse_unreal, spelled
from generator.layers.registry import Call, Refused
from generator.layers.tensors import gradient_of, upstream

_Item = TypeVar("_Item")

POINTS = {"k": "place in the indices"}
"""What the index along the pointing tensor counts."""
PLACE = Axis("place", Var("k"), Sym("K", "K", "how many indices there are along the axis"))


@dataclass(frozen=True)
class Along:
    """The declarations of a call with an input and a tensor that points along one of its axes.

    The pointing tensor has all axes of the input, as in `gather`, or that one alone, as in
    `index_select`. A tensor without axes counts as one with a single element.
    """

    call: Call
    place: int
    """Which axis of the input it is."""
    line: bool
    """Whether the pointing tensor has that axis alone."""

    @classmethod
    def of(cls, call: Call, *, line: bool) -> Self:
        """Those of a call with an option `dim`; Refused where the operands are not explained."""
        refuse_unreal(call)
        found = call.tensors.get("index")
        if found is None or not found.integer or found.dtype == "bool":
            raise Refused(f"{spelled(call)}: expected a tensor of whole numbers as index")
        place, rank = axis_at(call, "dim"), max(len(call.shape()), 1)
        shape = found.shape or (1,)
        if place >= rank or len(shape) != (1 if line else rank):
            message = f"{spelled(call)}: index has shape {list(found.shape)} and the input"
            raise Refused(f"{message} {list(call.shape())}; this is not explained")
        return cls(call, place, line)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pointing tensor."""
        return self.call.shape("index")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The input's axes, at least one."""
        return dims(max(len(self.call.shape()), 1))

    @property
    def inner(self) -> tuple[Axis, ...]:
        """The axes with that of the pointing tensor in place of the input's."""
        if self.line:
            return self._replaced(self.axes, PLACE)
        shapes = zip(self.axes, self.lengths_own(), self.shape or (1,), strict=True)
        return self._replaced([a if n == m else _shorter(a) for a, n, m in shapes], PLACE)

    @property
    def here(self) -> Axis:
        """The axis of the input along which the other points."""
        return self.axes[self.place]

    @property
    def x(self) -> Tensor:
        """The input."""
        found = input_of(self.axes, integer=self.call.tensors["input"].integer)
        return found if self.call.shape() else replace(found, sizes=())

    @property
    def y(self) -> Tensor:
        """An output with the pointing tensor's axis."""
        found = output_of(self.inner, integer=self.call.output.integer)
        return found if self.call.output.shape else replace(found, sizes=())

    @property
    def changed(self) -> Tensor:
        """An output with the input's axes."""
        found = output_of(self.axes, integer=self.call.output.integer)
        return replace(found, sizes=self.x.sizes)

    @property
    def p(self) -> Tensor:
        """The pointing tensor."""
        sizes = (PLACE.length,) if self.line else lengths(self.inner)
        shape = self.shape
        meaning = f"which index along axis {self.place} is meant"
        return Tensor("index", "p", sizes if shape else (), meaning, integer=True, label="Indices")

    @property
    def points(self) -> Read:
        """The index of the input that is pointed to from place k."""
        return self.points_from(PLACE.at)

    def points_from(self, place: Expr) -> Read:
        """The index of the input that is pointed to from a place."""
        indices = (place,) if self.line else self._replaced(at(self.inner), place)
        return self.p[self._scalars(self.p, indices)]

    def inside(self, tensor: Tensor) -> Read:
        """A tensor with the input's axes where the pointing tensor points to."""
        return self.over_input(tensor, self.points)

    def own(self, tensor: Tensor) -> Read:
        """A tensor with the input's axes at its own indices."""
        return self.over_input(tensor, self.here.at)

    def over_input(self, tensor: Tensor, value: Expr) -> Read:
        """A tensor with the input's axes at this index along the axis."""
        return tensor[self._scalars(tensor, self._replaced(at(self.axes), value))]

    def beside(self, tensor: Tensor, place: Expr = PLACE.at) -> Read:
        """A tensor with the pointing tensor's axis at this place along it."""
        return tensor[self._scalars(tensor, self._replaced(at(self.inner), place))]

    @property
    def hit(self) -> Cond:
        """Whether the input's element is the one that is pointed to from place k."""
        return self.hit_from(PLACE.at)

    def hit_from(self, place: Expr) -> Cond:
        """Whether the input's element is the one that is pointed to from a place."""
        own: Expr = self.here.at if self.call.shape() else Num(0)
        parts = [*self.bounds, equal(self.points_from(place), own)]
        return every(*parts) if len(parts) > 1 else parts[0]

    @property
    def bounds(self) -> tuple[Compare, ...]:
        """That the pointing tensor reaches as far as the input's element, where it is smaller."""
        if self.line:
            return ()
        pairs = zip(self.axes, self.inner, strict=True)
        parts = (
            within(a.at, b.length).conditions[1]
            for k, (a, b) in enumerate(pairs)
            if a is not b and a.length != b.length and k != self.place
        )
        return tuple(part for part in parts if isinstance(part, Compare))

    def over(self, body: Expr) -> Expr:
        """The sum over all places that point to the input's element."""
        if not self.shape:
            return cases((self.hit, body), otherwise=0)
        return total(PLACE.span, body, self.hit)

    @property
    def empty(self) -> bool:
        """Whether nothing points anywhere."""
        return 0 in self.shape

    @property
    def target(self) -> tuple[Axis, ...]:
        """The axes of the input on which it depends what points to an element."""
        if not self.call.shape():
            return ()
        return (self.here,) if self.line else self.axes

    @property
    def count(self) -> Stage:
        """How often each element of the input is pointed to."""
        meaning = "how many indices point here"
        counted = Tensor("count", "m", lengths(self.target), meaning, "stage")
        return Stage(counted, at(self.target), Num(0) if self.empty else self.over(Num(1)))

    @property
    def counted(self) -> Read:
        """How often this element of the input is pointed to."""
        return self.count.tensor[at(self.target)]

    def indices(self, tensor: Tensor) -> tuple[Var, ...]:
        """The indices of a result with the input's axes."""
        return at(self.axes) if tensor.sizes else ()

    def indices_beside(self, tensor: Tensor) -> tuple[Var, ...]:
        """The indices of a result with the pointing tensor's axis."""
        return at(self.inner) if tensor.sizes else ()

    def gathered(self) -> Equation:
        """y = x where it is pointed to."""
        return Equation(self.y, self.indices_beside(self.y), self.inside(self.x), (self.x, self.p))

    def scattered(self) -> Equation:
        """∂L/∂x: what all places that read the element send back."""
        g = upstream(self.y)
        body = Num(0) if self.empty or not all(self.lengths_own()) else self.over(self.beside(g))
        result = gradient_of(self.x)
        return Equation(result, self.indices(self.x), body, (g, self.p))

    @property
    def settings(self) -> dict[str, Setting]:
        """The numbers of the axes' lengths."""
        found: dict[str, Setting] = dict(settings(self.axes, self.lengths_own()))
        return {**found, **settings(self.inner, self.lengths_beside())}

    def named(self, *beside: str, output: bool = True) -> dict[str, tuple[str, ...]]:
        """Names of the axes of the input, the pointing tensor, and tensors with its axis.

        The output has the pointing tensor's axis, or, without `output`, the input's.
        """
        found = {"input": self.axes, "index": (PLACE,) if self.line else self.inner}
        found |= dict.fromkeys(beside, self.inner)
        found["output"] = self.inner if output else self.axes
        shapes = {**{n: a.shape for n, a in self.call.tensors.items()}}
        shapes["output"] = self.call.output.shape
        return {n: names(axes) if shapes[n] else () for n, axes in found.items()}

    def lengths_own(self) -> tuple[int, ...]:
        return self.call.shape() or (1,)

    def lengths_beside(self) -> tuple[int, ...]:
        """The lengths of `inner`."""
        pointing = self.shape or (1,)
        return self._replaced(self.lengths_own(), pointing[0]) if self.line else pointing

    def _replaced(self, items: Sequence[_Item], item: _Item) -> tuple[_Item, ...]:
        return (*items[: self.place], item, *items[self.place + 1 :])

    def _scalars(self, tensor: Tensor, indices: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """No indices for a tensor without axes; 0 for those that run along one."""
        if not tensor.sizes:
            return ()
        unbound = set()
        if not self.call.shape():
            unbound.add(self.here.at)
        if not self.shape:
            unbound.add(PLACE.at)
        return tuple(Num(0) if i in unbound else i for i in indices)


def _shorter(axis: Axis) -> Axis:
    """The axis as the pointing tensor has it, with a length of its own: H'."""
    length = axis.length
    meaning = f"length of {axis.name} in the indices"
    return Axis(axis.name, axis.at, Sym(f"{length.name}'", f"{length.latex}'", meaning))

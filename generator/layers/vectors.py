"""Two tensors with vectors along one axis that are compared, each repeated where it is short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Range, Read, Stage, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names
from generator.layers.broadcasting import Broadcast, Words, broadcast, together
from generator.layers.dims import primed
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Argument, Call, Refused
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Vectors:
    """The operands of one call, and the axis along which their vectors lie."""

    operands: Broadcast
    place: int
    keepdim: bool = False

    @classmethod
    def of(
        cls, call: Call, words: Mapping[str, Words], dim: object, *, keepdim: bool = False
    ) -> Vectors:
        """The vectors along the axis `dim`; Refused where there is none."""
        real(call, *words)
        refuse_types(call)
        shape = together([a.shape for a in call.tensors.values()])
        if isinstance(dim, bool) or not isinstance(dim, int) or not shape:
            raise Refused(f"{spelled(call)}(dim={dim!r}) of {list(shape)} is not explained")
        place = dim % len(shape)
        left = shape[place + 1 :]
        expected = (*shape[:place], *((1,) if keepdim else ()), *left)
        if expected != call.output.shape:
            raise Refused(f"{spelled(call)}: a result of shape {list(call.output.shape)}")
        each = Argument(shape, call.output.dtype, integer=False)
        return cls(broadcast(replace(call, outputs=(each,)), words), place, keepdim)

    def __getitem__(self, name: str) -> Expr:
        """An operand at an element."""
        return self.operands[name]

    @property
    def axis(self) -> Axis:
        """The axis along which the vectors lie."""
        return self.operands.axes[self.place]

    @property
    def span(self) -> Range:
        """The elements of a vector."""
        return self.axis.span

    @property
    def kept(self) -> tuple[Axis, ...]:
        """The other axes."""
        return tuple(a for k, a in enumerate(self.operands.axes) if k != self.place)

    @property
    def y(self) -> Tensor:
        """The output, one number for each pair of vectors."""
        sizes = [
            Num(1) if k == self.place else a.length
            for k, a in enumerate(self.operands.axes)
            if self.keepdim or k != self.place
        ]
        return Tensor("output", "y", tuple(sizes), "output of the layer", "result")

    def _at(self, own: Callable[[Axis], Expr]) -> tuple[Expr, ...]:
        return tuple(
            own(a) if k == self.place else a.at
            for k, a in enumerate(self.operands.axes)
            if self.keepdim or k != self.place
        )

    @property
    def at(self) -> tuple[Var, ...]:
        """The output's indices."""
        return tuple(v for v in self._at(primed) if isinstance(v, Var))

    @property
    def g(self) -> Read:
        """The upstream gradient of the pair to which an element belongs."""
        return upstream(self.y)[self._at(lambda _: Num(0))]

    def named(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
        """A quantity with one value for each pair of vectors, and that value."""
        tensor = Tensor(name, latex, lengths(self.kept), meaning, "stage")
        own = at(self.kept)
        return Stage(tensor, own, body), tensor[own]

    def total(self, body: Expr) -> Expr:
        """The sum over the elements of a vector."""
        return total(self.span, body)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The operands that are tensors."""
        found = (o.tensor for o in self.operands.operands.values())
        return tuple(t for t in found if t is not None)

    def forward(
        self, body: Expr, stages: tuple[Stage, ...] = (), arithmetic: Expr | None = None
    ) -> Equation:
        """y = body."""
        return Equation(self.y, self.at, body, self.tensors, stages, arithmetic)

    def gradient(
        self, name: str, body: Expr, stages: tuple[Stage, ...], arithmetic: Expr | None = None
    ) -> Equation:
        """∂L/∂operand: the part at each element, added up where the operand is repeated."""
        operand = self.operands.operands[name]
        assert operand.tensor is not None

        def summed(part: Expr) -> Expr:
            return total(operand.repeated, part) if operand.repeated else part

        return Equation(
            gradient_of(operand.tensor),
            operand.at,
            summed(body),
            (upstream(self.y), *self.tensors),
            stages,
            None if arithmetic is None else summed(arithmetic),
        )

    @property
    def named_axes(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of each operand and of the output."""
        every = names(self.operands.axes)
        kept = tuple(n for k, n in enumerate(every) if self.keepdim or k != self.place)
        return {**self.operands.named, "output": kept}

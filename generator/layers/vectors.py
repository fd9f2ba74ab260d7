"""Two tensors with vectors along one axis that are compared, each repeated where it is short."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Range, Read, Stage, Tensor, Var, mul
from generator.layers.axes import Axis, at, lengths, names
from generator.layers.broadcasting import Broadcast, Words, broadcast, together
from generator.layers.dims import primed
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.reductions import Reduction
from generator.layers.registry import Argument, Call, Refused
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Vectors:
    """The operands of one call, and the axis along which their vectors lie."""

    operands: Broadcast
    place: int
    keepdim: bool = False
    how: Reduction = "none"
    """What becomes of the numbers of all pairs."""

    @classmethod
    def of(
        cls,
        call: Call,
        words: Mapping[str, Words],
        dim: object,
        *,
        keepdim: bool = False,
        how: Reduction = "none",
    ) -> Vectors:
        """The vectors along the axis `dim`; Refused where there is none."""
        real(call, *words)
        refuse_types(call)
        call = replace(call, tensors={n: t for n, t in call.tensors.items() if n in words})
        shape = together([a.shape for a in call.tensors.values()])
        if isinstance(dim, bool) or not isinstance(dim, int) or not shape:
            raise Refused(f"{spelled(call)}(dim={dim!r}) of {list(shape)} is not explained")
        place = dim % len(shape)
        left = shape[place + 1 :]
        expected = (*shape[:place], *((1,) if keepdim else ()), *left)
        if call.output.shape != (expected if how == "none" else ()):
            raise Refused(f"{spelled(call)}: a result of shape {list(call.output.shape)}")
        each = Argument(shape, call.output.dtype, integer=False)
        return cls(broadcast(replace(call, outputs=(each,)), words), place, keepdim, how)

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
        """The output, one number for each pair of vectors, or one for all."""
        if self.how != "none":
            return Tensor("output", "y", (), "value of this loss", "result")
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
        if self.how != "none":
            return ()
        return tuple(v for v in self._at(primed) if isinstance(v, Var))

    @property
    def g(self) -> Expr:
        """The upstream gradient of the pair to which an element belongs."""
        if self.how == "mean":
            return upstream(self.y)[()] / self._count
        if self.how == "sum":
            return upstream(self.y)[()]
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
    def _count(self) -> Expr:
        """How many pairs there are."""
        sizes = lengths(self.kept)
        return mul(*sizes) if sizes else Num(1)

    def _reduced(self, body: Expr) -> Expr:
        if self.how == "none" or not self.kept:
            return body
        everything = total([a.span for a in self.kept], body)
        return everything / self._count if self.how == "mean" else everything

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The operands that are tensors."""
        found = (o.tensor for o in self.operands.operands.values())
        return tuple(t for t in found if t is not None)

    def forward(
        self,
        body: Expr,
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
        others: tuple[Tensor, ...] = (),
    ) -> Equation:
        """y from the body of each pair, which may read `others` too."""
        order = None if arithmetic is None else self._reduced(arithmetic)
        tensors = (*self.tensors, *others)
        return Equation(self.y, self.at, self._reduced(body), tensors, stages, order)

    def gradient(
        self,
        name: str,
        body: Expr,
        stages: tuple[Stage, ...],
        arithmetic: Expr | None = None,
        others: tuple[Tensor, ...] = (),
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
            (upstream(self.y), *self.tensors, *others),
            stages,
            None if arithmetic is None else summed(arithmetic),
        )

    @property
    def named_axes(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of each operand and of the output."""
        every = names(self.operands.axes)
        kept = tuple(n for k, n in enumerate(every) if self.keepdim or k != self.place)
        if self.how != "none":
            kept = ()
        return {**self.operands.named, "output": kept}

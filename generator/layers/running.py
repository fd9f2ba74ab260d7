"""A quantity of all elements up to each one along an axis: running sums, products and extremes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.formula.build import apply
from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Range, Read, Stage, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of, primed
from generator.layers.dtypes import refuse_types, rounds, spelled
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Formula, Note, Output, Refused
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Running:
    """The declarations of a quantity that runs along one axis."""

    call: Call
    axes: tuple[Axis, ...]
    place: int
    """Which of the axes; 0 for a tensor without axes."""
    conversion: str | None
    """The type to which each element is rounded before it is used; None where none is."""

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.axes, integer=self.call.tensors["input"].integer)

    @property
    def y(self) -> Tensor:
        """The output."""
        return self.result(0, "y", "output", "Output")

    def result(self, place: int, latex: str, meaning: str, label: str) -> Tensor:
        """The output at that place among several."""
        name = f"output_{place}" if place else "output"
        whole = self.call.outputs[place].integer
        return Tensor(
            name, latex, lengths(self.axes), meaning, "result", integer=whole, label=label
        )

    @property
    def at(self) -> tuple[Var, ...]:
        """The indices of an element."""
        return at(self.axes)

    @property
    def axis(self) -> Axis:
        """The axis along which it runs."""
        return self.axes[self.place]

    @property
    def other(self) -> Var:
        """Another index along the axis."""
        return primed(self.axis)

    @property
    def before(self) -> Range:
        """All positions up to the element's own."""
        return self.other.over(self.axis.at + 1)

    @property
    def after(self) -> Range:
        """All positions from the element's own on."""
        return self.other.over(self.axis.length, self.axis.at)

    def moved(self, position: Expr) -> tuple[Expr, ...]:
        """The element's indices with another position along the axis."""
        return (*self.at[: self.place], position, *self.at[self.place + 1 :])

    def value(self, position: Expr | None = None) -> Expr:
        """An element of the input, as it is used: the element's own, or at another position."""
        read = self.x[self.at if position is None else self.moved(position)]
        return read if self.conversion is None else apply(self.conversion, read)

    def g(self, position: Expr | None = None) -> Read:
        """The upstream gradient there."""
        return upstream(self.y)[self.at if position is None else self.moved(position)]

    def stage(
        self,
        name: str,
        latex: str,
        meaning: str,
        body: Expr,
        *,
        integer: bool = False,
        backwards: bool = False,
    ) -> tuple[Stage, Tensor]:
        """A quantity at each element, and its declaration; `backwards`: it reads later ones."""
        sizes = lengths(self.axes)
        tensor = Tensor(name, latex, sizes, meaning, "stage", integer=integer)
        along = self.place if backwards else None
        return Stage(tensor, self.at, body, along, -1 if backwards else 1), tensor

    def forward(
        self,
        body: Expr,
        *,
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
        result: Tensor | None = None,
    ) -> Equation:
        """y = body."""
        y = self.y if result is None else result
        return Equation(y, self.at, body, (self.x,), stages, arithmetic)

    def gradients(
        self, body: Expr, *, stages: tuple[Stage, ...] = (), arithmetic: Expr | None = None
    ) -> dict[str, Equation]:
        """∂L/∂x = body, where the input and the output have gradients; none otherwise."""
        if self.x.integer or self.y.integer:
            return {}
        before, after = self.call.outputs[0].dtype, self.call.tensors["input"].dtype
        if rounds(before, after):
            arithmetic = apply(after, body if arithmetic is None else arithmetic)
        read = (upstream(self.y), self.x)
        return {"input": Equation(gradient_of(self.x), self.at, body, read, stages, arithmetic)}

    def formula(
        self,
        what: str,
        forward: Equation,
        gradients: dict[str, Equation],
        *,
        result: str,
        notes: tuple[Note, ...] = (),
        others: tuple[Output, ...] = (),
        numbers: Mapping[str, Setting] | None = None,
        indices: Mapping[str, str] | None = None,
    ) -> Formula:
        """The explanation with these equations; `what`: `the sum of all values`."""
        every = names(self.axes)
        along = f" up to it along axis {self.place}" if self.axes else ", of which there is one"
        return Formula(
            summary=f"Each output is {what}{along}.",
            forward=forward,
            gradients=gradients,
            settings={**settings(self.axes, self.call.shape()), **(numbers or {})},
            axes={"input": every, "output": every},
            notes=(*notes, *in_place(self.call)),
            result=result,
            others=others,
            indices=indices or {},
        )


def running(call: Call) -> Running:
    """The axis that the option `dim` names; Refused for complex numbers and coarser results."""
    refuse_types(call)
    source, result = call.tensors["input"], call.outputs[0]
    given = call.options["dim"]
    if not isinstance(given, int) or isinstance(given, bool):
        raise Refused(f"{spelled(call)}(dim={given!r}): only an integer is explained")
    if any(output.shape != source.shape for output in call.outputs):
        raise Refused(f"{spelled(call)} gave {result.shape}: this is not explained")
    rank = len(source.shape)
    conversion = result.dtype if rounds(source.dtype, result.dtype) else None
    return Running(call, dims(rank), given % rank if rank else 0, conversion)

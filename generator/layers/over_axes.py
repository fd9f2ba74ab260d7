"""A tensor reduced over some of its axes: the indices that go, and those that stay."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from generator.formula.build import apply, total
from generator.formula.tree import Equation, Expr, Num, Range, Read, Stage, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of, primed
from generator.layers.dtypes import refuse_types, refuse_unreal, rounds, spelled
from generator.layers.registry import Call, Refused, Size
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Reduced:
    """The declarations of y = Σ x over some axes, or of another reduction."""

    call: Call
    axes: tuple[Axis, ...]
    gone: tuple[int, ...]
    """Positions of the axes that are reduced."""
    keepdim: bool
    conversion: str | None = None
    """The type to which each element is rounded before it is used; None where none is."""

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.axes, integer=self.call.tensors["input"].integer)

    @property
    def y(self) -> Tensor:
        """The output; an axis that is kept though reduced has length 1."""
        return self.result(0, "y", "output", "Output")

    def result(self, place: int, latex: str, meaning: str, label: str) -> Tensor:
        """The output at that place among several."""
        sizes = tuple(
            Num(1) if k in self.gone else axis.length
            for k, axis in enumerate(self.axes)
            if self.keepdim or k not in self.gone
        )
        name = f"output_{place}" if place else "output"
        integer = self.call.outputs[place].integer
        return Tensor(name, latex, sizes, meaning, "result", integer=integer, label=label)

    @property
    def at(self) -> tuple[Var, ...]:
        """The output's indices."""
        return tuple(
            primed(axis) if k in self.gone else axis.at
            for k, axis in enumerate(self.axes)
            if self.keepdim or k not in self.gone
        )

    @property
    def inside(self) -> tuple[Var, ...]:
        """The input's indices."""
        return at(self.axes)

    @property
    def value(self) -> Expr:
        """An element of the input, as it is used."""
        read = self.x[self.inside]
        return read if self.conversion is None else apply(self.conversion, read)

    @property
    def spans(self) -> tuple[Range, ...]:
        """The axes that go."""
        return tuple(self.axes[k].span for k in self.gone)

    def sum_of(self, body: Expr) -> Expr:
        """Σ of the body over the axes that go; the body itself of a tensor without axes."""
        return total(self.spans, body) if self.spans else body

    @property
    def total(self) -> Expr:
        """Σ x over the axes that go."""
        return self.sum_of(self.value)

    @property
    def kept(self) -> tuple[Axis, ...]:
        """The axes that stay."""
        return tuple(a for k, a in enumerate(self.axes) if k not in self.gone)

    def stage(
        self, name: str, latex: str, meaning: str, body: Expr, *, integer: bool = False
    ) -> tuple[Stage, Read]:
        """A quantity with one value for each index of the axes that stay, and that value."""
        tensor = Tensor(name, latex, lengths(self.kept), meaning, "stage", integer=integer)
        return Stage(tensor, at(self.kept), body), tensor[at(self.kept)]

    @property
    def g(self) -> Read:
        """The upstream gradient of the output to which an element of the input belongs."""
        return self.g_of(self.y)

    def g_of(self, result: Tensor) -> Read:
        """The same of one output of several."""
        return upstream(result)[
            tuple(
                0 if k in self.gone else axis.at
                for k, axis in enumerate(self.axes)
                if self.keepdim or k not in self.gone
            )
        ]

    def forward(
        self,
        body: Expr,
        *,
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
        shared: bool = False,
    ) -> Equation:
        """y = body."""
        return Equation(self.y, self.at, body, (self.x,), stages, arithmetic, shared)

    def gradients(
        self,
        body: Expr,
        *,
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
        given: tuple[Tensor, ...] = (),
    ) -> dict[str, Equation]:
        """∂L/∂x = body, where the input and the output have gradients; none otherwise.

        `given` are the upstream gradients that the body reads, where there are several outputs.
        """
        if self.x.integer or all(o.integer for o in self.call.outputs):
            return {}
        read = (*(given or (upstream(self.y),)), self.x)
        before, after = self.call.outputs[0].dtype, self.call.tensors["input"].dtype
        if rounds(before, after):
            arithmetic = apply(after, body if arithmetic is None else arithmetic)
        return {"input": Equation(gradient_of(self.x), self.inside, body, read, stages, arithmetic)}

    @property
    def count(self) -> int:
        """How many elements make one of the output's."""
        return prod(self.call.shape()[k] for k in self.gone)

    @property
    def values(self) -> str:
        """How many they are, in a sentence: `20 values`."""
        return "one value" if self.count == 1 else f"{self.count} values"

    @property
    def each(self) -> str:
        """The beginning of a sentence about the result: `Each output`."""
        return "The output" if len(self.gone) == len(self.axes) else "Each output"

    @property
    def settings(self) -> dict[str, int]:
        """The axes' lengths."""
        return settings(self.axes, self.call.shape())

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of the input and of the output."""
        return {"input": names(self.axes), "output": self.output_axes}

    @property
    def output_axes(self) -> tuple[str, ...]:
        """Names of the axes of an output."""
        every = names(self.axes)
        return tuple(n for k, n in enumerate(every) if self.keepdim or k not in self.gone)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """Axes that are kept with length 1."""
        if not self.keepdim:
            return ()
        reduced = (self.axes[k] for k in self.gone)
        return tuple(Size(a.name, f"{a.length.latex}'", Num(1)) for a in reduced)

    @property
    def over(self) -> str:
        """The axes in a sentence: `over axes 2 and 3`."""
        if len(self.gone) == len(self.axes):
            return "over the whole tensor"
        *first, last = map(str, self.gone)
        return f"over axes {', '.join(first)} and {last}" if first else f"over axis {last}"


def reduced(call: Call, *, coarser: bool = False) -> Reduced:
    """The axes that the options `dim` and `keepdim` name; all where they name none.

    Refused for complex numbers, for an output of another shape and, unless `coarser`, for a type
    of the output that is coarser than the input's.
    """
    (refuse_unreal if coarser else refuse_types)(call)
    source = call.tensors["input"]
    if set(call.tensors) != {"input"}:
        extra = min(set(call.tensors) - {"input"})
        raise Refused(f"{spelled(call)}: a tensor as {extra} is not explained")
    rank = len(source.shape)
    gone = tuple(sorted({d % rank for d in _dims(call)})) if rank else ()
    found = Reduced(
        call,
        dims(rank),
        gone or tuple(range(rank)),
        bool(call.options.get("keepdim", False)),
        call.outputs[0].dtype if rounds(source.dtype, call.outputs[0].dtype) else None,
    )
    shape = tuple(
        1 if k in found.gone else n
        for k, n in enumerate(source.shape)
        if found.keepdim or k not in found.gone
    )
    if any(shape != output.shape for output in call.outputs):
        raise Refused(f"{spelled(call)}(dim={call.options['dim']!r}): these axes are not explained")
    return found


def refuse_empty(over: Reduced, what: str) -> None:
    """Refused where a result is made of no values: `the mean`."""
    if over.count == 0:
        message = f"{spelled(over.call)} {over.over}: {what} of no values is not explained"
        raise Refused(message)


def refuse_whole(call: Call) -> None:
    """Refused where values are cut to whole numbers or to truth values.

    Whole numbers are added and multiplied in int64 unless an option asks for less.
    """
    source, result = call.tensors["input"], call.outputs[0]
    if result.integer and (not source.integer or result.dtype == "bool"):
        message = f"{spelled(call)} of {source.dtype} as {result.dtype}"
        raise Refused(f"{message}: this conversion is not explained")


def _dims(call: Call) -> tuple[int, ...]:
    given = call.options.get("dim")
    if given is None:
        return ()
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(d, int) and not isinstance(d, bool) for d in found):
        raise Refused(f"{spelled(call)}(dim={given!r}): only integers are explained")
    return tuple(d for d in found if isinstance(d, int))

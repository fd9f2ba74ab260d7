"""A tensor reduced over some of its axes: the indices that go, and those that stay."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from generator.formula.build import total
from generator.formula.tree import Expr, Num, Range, Read, Tensor, Var
from generator.layers.axes import Axis, at, names, settings
from generator.layers.dims import dims, input_of, primed
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.registry import Call, Refused, Size
from generator.layers.tensors import upstream


@dataclass(frozen=True)
class Reduced:
    """The declarations of y = Σ x over some axes."""

    call: Call
    axes: tuple[Axis, ...]
    gone: tuple[int, ...]
    """Positions of the axes that are reduced."""
    keepdim: bool

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.axes)

    @property
    def y(self) -> Tensor:
        """The output; an axis that is kept though reduced has length 1."""
        sizes = tuple(
            Num(1) if k in self.gone else axis.length
            for k, axis in enumerate(self.axes)
            if self.keepdim or k not in self.gone
        )
        return Tensor("output", "y", sizes, "output", "result", label="Output")

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
    def total(self) -> Expr:
        """Σ x over the axes that go."""
        ranges: tuple[Range, ...] = tuple(self.axes[k].span for k in self.gone)
        read = self.x[self.inside]
        return total(ranges, read) if ranges else read

    @property
    def g(self) -> Read:
        """The upstream gradient of the output to which an element of the input belongs."""
        return upstream(self.y)[
            tuple(
                0 if k in self.gone else axis.at
                for k, axis in enumerate(self.axes)
                if self.keepdim or k not in self.gone
            )
        ]

    @property
    def count(self) -> int:
        """How many elements make one of the output's."""
        return prod(self.call.shape()[k] for k in self.gone)

    @property
    def values(self) -> str:
        """How many they are, in a sentence: `20 values`."""
        return f"{self.count} value{'' if self.count == 1 else 's'}"

    @property
    def settings(self) -> dict[str, int]:
        """The axes' lengths."""
        return settings(self.axes, self.call.shape())

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of the input and of the output."""
        every = names(self.axes)
        kept = tuple(n for k, n in enumerate(every) if self.keepdim or k not in self.gone)
        return {"input": every, "output": kept}

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


def reduced(call: Call) -> Reduced:
    """The axes that the options `dim` and `keepdim` name; Refused for a change of type."""
    refuse_types(call)
    source = call.tensors["input"]
    wanted = call.options["dtype"]
    if source.integer or source.dtype != call.output.dtype:
        message = f"{spelled(call)} of {source.dtype} as {wanted or call.output.dtype}"
        raise Refused(f"{message}: a change of type is not explained")
    rank = len(source.shape)
    gone = tuple(sorted({d % rank for d in _dims(call)})) if rank else ()
    found = Reduced(call, dims(rank), gone or tuple(range(rank)), bool(call.options["keepdim"]))
    shape = tuple(
        1 if k in found.gone else n
        for k, n in enumerate(source.shape)
        if found.keepdim or k not in found.gone
    )
    if shape != call.output.shape:
        raise Refused(f"{spelled(call)}(dim={call.options['dim']!r}): these axes are not explained")
    return found


def _dims(call: Call) -> tuple[int, ...]:
    given = call.options["dim"]
    if given is None:
        return ()
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(d, int) for d in found):
        raise Refused(f"{spelled(call)}(dim={given!r}): only integers are explained")
    return tuple(d for d in found if isinstance(d, int))

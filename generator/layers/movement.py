"""Movement of data: each value of the output is one of the input's, read at another place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Read, Stage, Tensor
from generator.layers.axes import Axis, at, names, settings
from generator.layers.dims import input_of, output_of
from generator.layers.dtypes import rounds, spelled, whole
from generator.layers.pairs import in_place
from generator.layers.registry import Argument, Call, Formula, Note, Refused, Size
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import holds

VIEW = Note(
    "Nothing is moved in memory",
    "torch returns a view: the same memory, read with other strides. Afterwards the elements of a "
    "row need no longer lie side by side, and `view` may refuse.",
)
SUMMED = Note(
    "The gradient is a sum",
    "Each value of the input stands in several places of the output, and its gradient is the sum "
    "of the gradients there.",
)
UNREAD = Note(
    "Part of the input is not read",
    "Values of the input that do not stand in the output have the gradient 0.",
)


def refuse_change(call: Call, *, others: tuple[str, ...] = ()) -> None:
    """Refused for complex numbers, and where values are rounded on the way to another type.

    `others` are tensors of which no value comes into the output.
    """
    read = {name: a for name, a in call.tensors.items() if name not in others}
    for name, argument in read.items():
        for output in call.outputs:
            if argument.dtype.startswith(("complex", "q")):
                raise Refused(f"{spelled(call)} of {argument.dtype} is not explained")
            if not _exact(argument, output):
                change = f"{name} is {argument.dtype} and the result {output.dtype}"
                raise Refused(f"{spelled(call)}: {change}; this conversion is not explained")


def refuse_tensors(call: Call, *known: str) -> None:
    """Refused where a tensor stands for an argument that is explained as a number only."""
    unknown = set(call.tensors) - set(known or ("input",))
    if unknown:
        raise Refused(f"{spelled(call)}: a tensor as {min(unknown)} is not explained")


def _exact(before: Argument, after: Argument) -> bool:
    """Whether every value passes unchanged; a gradient too, on its way back."""
    if before.dtype == after.dtype:
        return True
    if not whole(before.dtype):
        return False
    if after.integer:
        return holds(after.dtype, before.dtype)
    return not rounds(before.dtype, after.dtype)


@dataclass(frozen=True)
class Movement:
    """The declarations of y = x at other indices; Refused where a type is not explained."""

    call: Call
    before: tuple[Axis, ...]
    """Axes of the input."""
    after: tuple[Axis, ...]
    """Axes of the output; an axis that is the same as one of the input has its index."""

    def __post_init__(self) -> None:
        refuse_change(self.call, others=tuple(n for n in self.call.tensors if n != "input"))
        ranks = len(self.call.shape()), len(self.call.output.shape)
        if ranks != (len(self.before), len(self.after)):
            shapes = f"{list(self.call.shape())} gave {list(self.call.output.shape)}"
            raise Refused(f"{spelled(self.call)}: {shapes}, which is not explained")

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.before, integer=self.call.tensors["input"].integer)

    @property
    def y(self) -> Tensor:
        """The output."""
        return output_of(self.after, integer=self.call.output.integer)

    @property
    def g(self) -> Tensor:
        """The upstream gradient."""
        return upstream(self.y)

    @property
    def here(self) -> Read:
        """The upstream gradient at the output's own indices."""
        return self.g[at(self.after)]

    @property
    def there(self) -> Read:
        """The input at its own indices."""
        return self.x[at(self.before)]

    def forward(self, body: Expr, *stages: Stage, tensors: tuple[Tensor, ...] = ()) -> Equation:
        """y = body."""
        return Equation(self.y, at(self.after), body, (self.x, *tensors), stages)

    def backward(self, body: Expr, *stages: Stage, tensors: tuple[Tensor, ...] = ()) -> Equation:
        """∂L/∂x = body."""
        return Equation(gradient_of(self.x), at(self.before), body, (self.g, *tensors), stages)

    def formula(
        self,
        summary: str,
        forward: Expr | Equation,
        backward: Expr | Equation,
        *,
        settings: Mapping[str, Setting] | None = None,
        sizes: tuple[Size, ...] = (),
        notes: tuple[Note, ...] = (),
        indices: Mapping[str, str] | None = None,
    ) -> Formula:
        """The explanation; whole numbers and truth values have no gradient."""
        ahead = forward if isinstance(forward, Equation) else self.forward(forward)
        back = backward if isinstance(backward, Equation) else self.backward(backward)
        return Formula(
            summary=summary,
            forward=ahead,
            gradients={} if self.call.output.integer else {"input": back},
            settings={**self.lengths, **(settings or {})},
            axes={"input": names(self.before), "output": names(self.after)},
            sizes=sizes,
            notes=(*notes, *in_place(self.call)),
            indices=indices or {},
        )

    @property
    def lengths(self) -> dict[str, int]:
        """The numbers of the axes' lengths."""
        return {
            **settings(self.before, self.call.shape()),
            **settings(self.after, self.call.output.shape),
        }

"""y[n, c] = x[n, 0]: a tensor repeated along axes of length 1, and along new ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generator.formula.build import total
from generator.formula.tree import Equation, Num, Tensor, Var
from generator.layers.axes import Axis, at, names, settings
from generator.layers.dims import dims, output_of, primed
from generator.layers.dtypes import spelled
from generator.layers.movement import refuse_change
from generator.layers.registry import (
    Argument,
    Call,
    Example,
    Formula,
    Note,
    Output,
    Refused,
    examples,
    explains,
)
from generator.layers.tensors import gradient_of, upstream

_SEARCH = ("broadcasting", "broadcast", "repeat", "movement of data")
_REPEATED = Note(
    "Nothing is copied",
    "torch returns a view in which several elements lie at one place in memory. The gradient of "
    "each value is the sum over the places where it stands.",
)


@explains(
    "torch.Tensor.expand",
    arguments="input, *size, implicit=False",
    title="Expand",
    search=_SEARCH,
)
@explains(
    "torch.broadcast_to",
    "torch.Tensor.broadcast_to",
    arguments="input, *size",
    title="Expand",
    search=_SEARCH,
)
@explains(
    "torch.Tensor.expand_as",
    arguments="input, other",
    title="Expand",
    search=_SEARCH,
)
def expand(call: Call) -> Formula:
    """The shapes of the input and of the output tell along which axes it is repeated."""
    refuse_change(call, others=("other",))
    output = call.output
    axes = dims(len(output.shape))
    one = _Repeated.of("input", "x", "input", call.tensors["input"], axes, output)
    y = output_of(axes, integer=output.integer)
    others = {n: a.shape for n, a in call.tensors.items() if n != "input"}
    return Formula(
        summary=_summary(call.shape(), output.shape),
        forward=one.forward(y),
        gradients={} if output.integer else {"input": one.backward(y)},
        settings=settings(axes, output.shape),
        axes={
            "input": one.names,
            "output": names(axes),
            **{n: names(dims(len(shape))) for n, shape in others.items()},
        },
        notes=(_REPEATED,) if one.gone else (),
    )


@explains(
    "torch.broadcast_tensors",
    arguments="*tensors",
    title="Broadcast",
    search=_SEARCH,
)
def broadcast_tensors(call: Call) -> Formula:
    """Each operand by itself, expanded to the shape that they have in common."""
    refuse_change(Call(call.type, {}, call.options, call.outputs, call.module))
    shape = call.outputs[0].shape
    axes = dims(len(shape))
    operands = list(call.tensors.items())
    if len(operands) != len(call.outputs):
        raise Refused(f"{spelled(call)}: something that is no tensor is not explained")
    found = []
    for k, ((name, operand), output) in enumerate(zip(operands, call.outputs, strict=True)):
        one = _Repeated.of(name, f"x^{{({k})}}", f"operand {k}", operand, axes, output)
        y = Tensor(
            f"output_{k}" if k else "output",
            f"y^{{({k})}}",
            output_of(axes).sizes,
            f"operand {k} expanded",
            "result",
            integer=output.integer,
            label=f"Output {k}",
        )
        found.append((one, y))
    shapes = ", ".join(str(list(a.shape)) for _, a in operands[:4])
    return Formula(
        summary=f"Operands of the shapes {shapes}{', …' if len(operands) > 4 else ''} are each "
        f"repeated to the common shape {list(shape)}.",
        forward=found[0][0].forward(found[0][1]),
        others=tuple(
            Output(str(k), one.forward(y), names(axes)) for k, (one, y) in enumerate(found) if k
        ),
        gradients={
            one.x.name: one.backward(y) if call.reached[k] else one.nothing()
            for k, (one, y) in enumerate(found)
            if not one.x.integer
        },
        settings=settings(axes, shape),
        axes={"output": names(axes), **{one.x.name: one.names for one, _ in found}},
        notes=(_REPEATED,) if any(one.gone for one, _ in found) else (),
    )


@dataclass(frozen=True)
class _Repeated:
    """One operand and the output's axes, along some of which it is repeated."""

    x: Tensor
    axes: tuple[Axis, ...]
    kept: tuple[bool, ...]
    """For each axis of the operand, whether it is the output's."""

    @classmethod
    def of(
        cls,
        name: str,
        symbol: str,
        meaning: str,
        operand: Argument,
        axes: tuple[Axis, ...],
        output: Argument,
    ) -> _Repeated:
        """The operand with the axes of the output; Refused where they do not fit."""
        own = axes[len(axes) - len(operand.shape) :]
        lengths = output.shape[len(axes) - len(operand.shape) :]
        kept = tuple(n == m for n, m in zip(operand.shape, lengths, strict=True))
        if not all(n == 1 or k for n, k in zip(operand.shape, kept, strict=True)):
            raise Refused(f"{list(operand.shape)} is not repeated to {list(output.shape)}")
        x = Tensor(
            name,
            symbol,
            tuple(a.length if k else Num(1) for a, k in zip(own, kept, strict=True)),
            meaning,
            integer=operand.integer,
            label=meaning.capitalize(),
        )
        return cls(x, axes, kept)

    @property
    def own(self) -> tuple[Axis, ...]:
        """The output's axes that the operand has."""
        return self.axes[len(self.axes) - len(self.kept) :]

    @property
    def at(self) -> tuple[Var, ...]:
        """Indices of the operand, primed where it is repeated."""
        return tuple(a.at if k else primed(a) for a, k in zip(self.own, self.kept, strict=True))

    @property
    def gone(self) -> tuple[Axis, ...]:
        """The output's axes along which it is repeated."""
        new = self.axes[: len(self.axes) - len(self.kept)]
        return (*new, *(a for a, k in zip(self.own, self.kept, strict=True) if not k))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the operand's axes."""
        return names(self.own)

    def forward(self, y: Tensor) -> Equation:
        """The operand at each place of the output."""
        read = self.x[tuple(a.at if k else 0 for a, k in zip(self.own, self.kept, strict=True))]
        return Equation(y, at(self.axes), read, (self.x,))

    def backward(self, y: Tensor) -> Equation:
        """The sum over the places where a value stands."""
        g = upstream(y)
        read = g[at(self.axes)]
        body = total(tuple(a.span for a in self.gone), read) if self.gone else read
        return Equation(gradient_of(self.x), self.at, body, (g,))

    def nothing(self) -> Equation:
        """The gradient where none arrives."""
        return Equation(gradient_of(self.x), self.at, Num(0), ())


def _summary(before: tuple[int, ...], after: tuple[int, ...]) -> str:
    if before == after:
        return "The shape stays as it is, and so does every value."
    if not before:
        return f"The only value is repeated over the shape {list(after)}."
    return f"The input of shape {list(before)} is repeated over the shape {list(after)}."


def _expand(shape: tuple[int, ...], *size: int) -> Example:
    return Example(
        f"expand {shape} to {size}", lambda: (torch.Tensor.expand, (torch.randn(shape), *size), {})
    )


def _broadcast(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"broadcast_tensors {shapes}",
        lambda: (torch.broadcast_tensors, tuple(torch.randn(s) for s in shapes), {}),
    )


examples(
    _expand((2, 1), 2, 3),
    _expand((3, 1), -1, 4),
    _expand((3,), 2, 3),
    _expand((1, 3, 1, 1), 2, 3, 4, 5),
    _expand((), 2, 3),
    _expand((2, 3), 2, 3),
    _expand((1,), 1),
    _expand((1, 3), 0, 3),
    _expand((2, 1, 3), 4, 2, 5, 3),
    Example("expand_as", lambda: (torch.Tensor.expand_as, (torch.randn(1), torch.arange(3)), {})),
    Example("broadcast_to", lambda: (torch.broadcast_to, (torch.randn(1, 2), (3, 2)), {})),
    Example("whole numbers", lambda: (torch.Tensor.expand, (torch.arange(3), 2, 3), {})),
    Example("bfloat16", lambda: (torch.Tensor.expand, (torch.randn(1, 3).bfloat16(), 9, 3), {})),
    _broadcast((2, 1), (3,)),
    _broadcast((2, 3), (), (1, 3)),
    _broadcast((4,)),
    _broadcast((), ()),
    _broadcast((0, 1), (1, 2)),
    Example(
        "broadcast_tensors of two types",
        lambda: (torch.broadcast_tensors, (torch.arange(3), torch.randn(2, 1)), {}),
    ),
)

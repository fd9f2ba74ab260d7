"""Several operands, element by element, the smaller ones repeated along the axes that they lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from generator.formula.build import apply, total
from generator.formula.configure import Setting
from generator.formula.text import constant
from generator.formula.tree import Equation, Expr, Neg, Num, Range, Read, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, output_of, primed
from generator.layers.dtypes import (
    conversions,
    converted,
    finer,
    held,
    refuse_unreal,
    rounds,
    spelled,
)
from generator.layers.registry import Call, Note, Refused
from generator.layers.tensors import gradient_of, upstream


@dataclass(frozen=True)
class Words:
    """What an operand is called."""

    symbol: str
    """Of a tensor: x."""
    label: str
    """Heading of its table: Input."""
    meaning: str
    number: str = "s"
    """Its symbol where it is a number."""
    said: str = ""
    """In a sentence, `the input`; its meaning with an article where empty."""


@dataclass(frozen=True)
class Operand:
    """One of them, a tensor or a number."""

    tensor: Tensor | None
    """None for a number."""
    value: Expr
    """What stands in the formula: x at the output's indices, or s."""
    at: tuple[Var, ...] = ()
    """Indices of its own elements, primed where it is repeated."""
    repeated: tuple[Range, ...] = ()
    """The output's indices along which it is repeated."""
    said: str = ""


@dataclass(frozen=True)
class Broadcast:
    """The operands of a call with the output's axes."""

    call: Call
    axes: tuple[Axis, ...]
    operands: Mapping[str, Operand]
    output: Tensor
    settings: Mapping[str, Setting]

    def __getitem__(self, name: str) -> Expr:
        """An operand at the output's indices."""
        return self.operands[name].value

    @property
    def g(self) -> Read:
        """The upstream gradient at the output's indices."""
        return upstream(self.output)[at(self.axes)]

    def forward(self, body: Expr, arithmetic: Expr | None = None) -> Equation:
        """y = body, where the operands have first been converted to the type of y."""
        return Equation(
            self.output,
            at(self.axes),
            body,
            self._tensors(),
            arithmetic=self._converted(body, arithmetic),
        )

    def _converted(self, body: Expr, arithmetic: Expr | None) -> Expr | None:
        found = conversions(self.call.tensors, self.call.output.dtype)
        if not found:
            return arithmetic
        return converted(body if arithmetic is None else arithmetic, found)

    def gradients(
        self, parts: Mapping[str, Expr], arithmetic: Mapping[str, Expr] | None = None
    ) -> dict[str, Equation]:
        """For each floating operand the sum of its part over the axes along which it is repeated.

        `arithmetic` has the parts in torch's order of computation where that differs. There is
        none for an operand finer than the result, whose gradient is computed in the result's type,
        nor for one without a part.
        """
        others = {} if arithmetic is None else arithmetic
        if self.call.output.integer:
            return {}
        return {
            name: self._gradient(operand, operand.tensor, parts[name], others.get(name))
            for name, operand in self.operands.items()
            if operand.tensor is not None
            and name in parts
            and not operand.tensor.integer
            and not finer(self.call.tensors[name].dtype, self.call.output.dtype)
        }

    def _gradient(
        self, operand: Operand, tensor: Tensor, part: Expr, arithmetic: Expr | None
    ) -> Equation:
        order = self._converted(part, arithmetic)
        whole = None if order is None else _summed(operand.repeated, order)
        body = _summed(operand.repeated, part)
        own = self.call.tensors[tensor.name].dtype
        if rounds(self.call.output.dtype, own):
            # the gradient has the type of what it is the gradient of
            whole = apply(own, body if whole is None else whole)
        return Equation(
            gradient_of(tensor),
            operand.at,
            body,
            (upstream(self.output), *self._tensors()),
            arithmetic=whole,
        )

    def _tensors(self) -> tuple[Tensor, ...]:
        return tuple(o.tensor for o in self.operands.values() if o.tensor is not None)

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of each operand and of the output."""
        found = {n: a.shape for n, a in self.call.tensors.items()}
        every = names(self.axes)
        return {
            "output": every,
            **{name: every[len(every) - len(shape) :] for name, shape in found.items()},
        }

    def says(self, name: str) -> str:
        """The operand in a sentence: `the input`, `2.5`."""
        operand = self.operands[name]
        if operand.tensor is None and isinstance(operand.value, Sym):
            return constant(self.settings[operand.value.name])
        return operand.said

    def notes(self) -> tuple[Note, ...]:
        """What a reader overlooks: repetition, and a result that replaces an operand."""
        found = [
            _repetition(self.call, name, operand.said)
            for name, operand in self.operands.items()
            if operand.repeated
        ]
        return (*found, *in_place(self.call))


def broadcast(call: Call, words: Mapping[str, Words], *, dtype: str = "") -> Broadcast:
    """The operands of a call, each a tensor or a number, by their names in `words`.

    With a `dtype` numbers stand as a tensor of this type holds them. An option that is None is no
    operand. Raises Refused for tensors under other names, and where the result's shape is not that
    of the operands.
    """
    refuse_unreal(call)
    unknown = set(call.tensors) - set(words)
    if unknown:
        message = f"{spelled(call)}: a tensor as {min(unknown)} is not explained"
        raise Refused(message)
    shapes = [a.shape for a in call.tensors.values()]
    if together(shapes) != call.output.shape:
        message = f"{spelled(call)}: shapes {shapes} gave {call.output.shape}, not explained"
        raise Refused(message)
    axes = dims(len(call.output.shape))
    numbers: dict[str, Setting] = dict(settings(axes, call.output.shape))
    operands: dict[str, Operand] = {}
    for name, word in words.items():
        if name in call.tensors:
            operands[name] = _tensor(name, word, call, axes)
        elif call.options.get(name) is not None:
            symbol = Sym(word.number, word.number, word.meaning, integer=False)
            operands[name] = Operand(None, symbol, said=word.said)
            given = number(call, name)
            numbers[word.number] = held(given, dtype) if dtype else given
    output = replace(output_of(axes), integer=call.output.integer)
    return Broadcast(call, axes, operands, output, numbers)


def number(call: Call, option: str) -> int | float:
    """An option that is a real number; Refused for anything else."""
    given = call.options[option]
    if isinstance(given, bool):
        return int(given)
    if isinstance(given, int | float):
        return given
    message = f"{spelled(call)}({option}={given!r}): only real numbers are explained"
    raise Refused(message)


def in_place(call: Call) -> tuple[Note, ...]:
    """That the result has replaced the first operand, where it has."""
    last = call.type.rpartition(".")[2]
    if not (last.endswith("_") and not last.endswith("__")) and not last.startswith("__i"):
        return ()
    if last == "__invert__":
        return ()
    return (
        Note(
            "The input is gone afterwards",
            "The result is written over the input; this page shows the input as it was before.",
        ),
    )


def together(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape of the result; axes of length 1 or absent take the other's length."""
    rank = max((len(s) for s in shapes), default=0)
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    return tuple(next((n for n in column if n != 1), 1) for column in zip(*padded, strict=True))


def _tensor(name: str, words: Words, call: Call, axes: tuple[Axis, ...]) -> Operand:
    shape, output = call.shape(name), call.output.shape
    missing = len(axes) - len(shape)
    own = axes[missing:]
    kept = [n == m for n, m in zip(shape, output[missing:], strict=True)]
    tensor = Tensor(
        name,
        words.symbol,
        tuple(n if k else Num(1) for n, k in zip(lengths(own), kept, strict=True)),
        words.meaning,
        integer=call.tensors[name].integer,
        label=words.label,
    )
    absent = [*axes[:missing], *(a for a, k in zip(own, kept, strict=True) if not k)]
    return Operand(
        tensor,
        tensor[tuple(a.at if k else 0 for a, k in zip(own, kept, strict=True))],
        tuple(a.at if k else primed(a) for a, k in zip(own, kept, strict=True)),
        tuple(a.span for a in absent),
        words.said or f"the {words.meaning}",
    )


def _summed(ranges: tuple[Range, ...], part: Expr) -> Expr:
    """Σ part, with a minus sign in front of the sum."""
    if not ranges:
        return part
    if isinstance(part, Neg):
        return Neg(total(ranges, part.operand))
    return total(ranges, part)


def _repetition(call: Call, name: str, said: str) -> Note:
    summed = not (call.output.integer or call.tensors[name].integer)
    return Note(
        f"{said[0].upper()}{said[1:]} is repeated",
        f"It has shape {list(call.shape(name))}, the result {list(call.output.shape)}: where it "
        "has length 1 or no axis at all, each of its elements is used several times "
        f"(broadcasting){', and its gradient is the sum over these uses' if summed else ''}.",
    )

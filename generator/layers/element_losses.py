"""Losses that compare tensors element by element: what each gives is kept, averaged or added up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch

from generator.formula.build import total
from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Num, Range, Stage, Tensor, Var, mul
from generator.layers.axes import at, lengths, names
from generator.layers.broadcasting import Broadcast, Operand, Words, broadcast, together
from generator.layers.dtypes import conversions, converted, spelled
from generator.layers.reductions import Reduction, reduction, words
from generator.layers.registry import Argument, Call, Example, Formula, Note, Refused
from generator.layers.tensors import gradient_of, upstream

PREDICTION = Words("x", "Input", "prediction")
TARGET = Words("t", "Target", "target")
WEIGHT = Words(r"\omega", "Weight", "weight")
MEAN = Note(
    "The mean is over all elements",
    "`reduction='mean'` divides by the number of all elements, not by the batch size alone.",
)


@dataclass(frozen=True)
class ElementLoss:
    """The operands of one call, repeated along the axes that they lack, and the reduction."""

    operands: Broadcast
    how: Reduction
    per_sample: bool = False
    """Whether the sum is divided by the batch size alone."""

    @classmethod
    def of(cls, call: Call, known: Mapping[str, Words], *, per_sample: bool = False) -> ElementLoss:
        """The loss of a call; Refused where its operands are of different floating types."""
        how: Reduction = "mean" if per_sample else reduction(call)
        dtype = call.output.dtype
        for name, argument in call.tensors.items():
            if argument.dtype.startswith("complex") or call.output.integer:
                raise Refused(f"{spelled(call)} of {name} in {argument.dtype} is not explained")
            if not argument.integer and argument.dtype != dtype:
                message = f"{spelled(call)} of {name} in {argument.dtype}, giving {dtype}"
                raise Refused(f"{message}: mixed types are not explained")
        shape = together([a.shape for a in call.tensors.values()])
        each = Argument(shape, dtype, integer=False)
        if call.output.shape != (shape if how == "none" else ()):
            raise Refused(f"{spelled(call)}: a result of shape {call.output.shape}")
        found = broadcast(replace(call, outputs=(each,)), known)
        return cls(found, how, per_sample)

    def __getitem__(self, name: str) -> Expr:
        """An operand at the element."""
        return self.operands[name]

    @property
    def at(self) -> tuple[Var, ...]:
        """The element."""
        return at(self.operands.axes)

    @property
    def y(self) -> Tensor:
        """The loss, a scalar or one number for each element."""
        sizes = lengths(self.operands.axes) if self.how == "none" else ()
        return Tensor("output", "y", sizes, "value of this loss", "result")

    @property
    def arriving(self) -> Expr:
        """The upstream gradient of what the element gave."""
        g = upstream(self.y)[self.at if self.how == "none" else ()]
        return g / self._count if self.how == "mean" else g

    @property
    def _count(self) -> Expr:
        sizes = lengths(self.operands.axes)
        if not sizes:
            return Num(1)
        return sizes[0] if self.per_sample else mul(*sizes)

    @property
    def _spans(self) -> tuple[Range, ...]:
        return tuple(a.span for a in self.operands.axes)

    def stage(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Expr]:
        """An intermediate quantity at each element, and its value there."""
        tensor = Tensor(name, latex, lengths(self.operands.axes), meaning, "stage")
        return Stage(tensor, self.at, body), tensor[self.at]

    def forward(
        self, value: Expr, *, stages: tuple[Stage, ...] = (), arithmetic: Expr | None = None
    ) -> Equation:
        """y from what each element gives."""
        return Equation(
            self.y,
            self.at if self.how == "none" else (),
            self._reduced(value),
            self._tensors,
            stages,
            self._rounded(value, arithmetic, self._reduced),
        )

    def gradients(
        self,
        parts: Mapping[str, Expr],
        *,
        stages: tuple[Stage, ...] = (),
        arithmetic: Mapping[str, Expr] | None = None,
    ) -> dict[str, Equation]:
        """For each floating operand the sum of its part over the axes where it is repeated."""
        others = {} if arithmetic is None else arithmetic
        found = {}
        for name, part in parts.items():
            operand = self.operands.operands.get(name)
            if operand is None or operand.tensor is None or operand.tensor.integer:
                continue
            sums = _Sums(operand)
            found[name] = Equation(
                gradient_of(operand.tensor),
                operand.at,
                sums(part),
                (upstream(self.y), *self._tensors),
                stages,
                self._rounded(part, others.get(name), sums),
            )
        return found

    def _rounded(
        self, plain: Expr, order: Expr | None, then: Callable[[Expr], Expr]
    ) -> Expr | None:
        """In torch's order, with whole numbers converted to the type in which it computes."""
        call = self.operands.call
        changed = conversions(call.tensors, call.output.dtype)
        if order is None and not changed:
            return None
        return then(converted(plain if order is None else order, changed))

    def _reduced(self, value: Expr) -> Expr:
        if self.how == "none":
            return value
        everything = total(self._spans, value) if self._spans else value
        return everything / self._count if self.how == "mean" else everything

    @property
    def _tensors(self) -> tuple[Tensor, ...]:
        found = (o.tensor for o in self.operands.operands.values())
        return tuple(t for t in found if t is not None)

    def formula(
        self,
        what: str,
        forward: Equation,
        gradients: Mapping[str, Equation],
        *,
        settings: Mapping[str, Setting] | None = None,
        notes: tuple[Note, ...] = (),
        products: int = 0,
    ) -> Formula:
        """The explanation; `products` of two values are added for each element.

        `what` begins the summary, and the reduction ends it.
        """
        named, rank = self.operands.named, len(self.operands.axes)
        reduced = words(self.how, "element")
        if self.per_sample:
            reduced = "added up and divided by the batch size"
        several = self.how == "mean" and rank > 1 and not self.per_sample
        return Formula(
            summary=f"{what}, {reduced}.",
            forward=forward,
            gradients=gradients,
            settings={**self.operands.settings, **(settings or {})},
            axes={**named, "output": names(self.operands.axes) if self.how == "none" else ()},
            multiply_adds=products * math.prod(self.operands.call.output.shape),
            notes=(*((MEAN,) if several else ()), *notes, *self.operands.notes()),
        )


@dataclass(frozen=True)
class _Sums:
    """The sum over the axes along which an operand is repeated."""

    operand: Operand

    def __call__(self, part: Expr) -> Expr:
        return total(self.operand.repeated, part) if self.operand.repeated else part


HOW = ("mean", "sum", "none")
_SHAPES = ((3, 4), (5,), (), (2, 3, 4), (1, 2, 3, 3))

Make = Callable[[tuple[int, ...]], tuple[torch.Tensor, ...]]


def tried(
    name: str, layer: Callable[[str], Callable[..., object]], make: Make, *, half: bool = True
) -> list[Example]:
    """Each reduction on several shapes and types; `make` gives the operands of one shape.

    `half` is whether it is explained in the half types.
    """
    halves = (torch.float16, torch.bfloat16) if half else ()
    return [
        *(_example(name, layer, make, how, shape) for how in HOW for shape in _SHAPES[:2]),
        *(_example(name, layer, make, "mean", shape) for shape in _SHAPES[2:]),
        _example(name, layer, make, "none", (2, 3, 4)),
        _example(name, layer, make, "mean", (40, 50)),
        *(
            _example(name, layer, make, how, (4, 5), dtype)
            for how in ("mean", "none")
            for dtype in (torch.float64, *halves)
        ),
    ]


def _example(
    name: str,
    layer: Callable[[str], Callable[..., object]],
    make: Make,
    how: str,
    shape: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
) -> Example:
    return Example(
        f"{name}({how}) of {shape} in {dtype}",
        lambda: (layer(how), tuple(_converted(t, dtype) for t in make(shape)), {}),
    )


def _converted(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def repeated(
    function: Callable[..., object], *shapes: tuple[int, ...], **options: object
) -> Example:
    """A call whose operands have different shapes, of numbers between 0 and 1."""
    return Example(
        f"{function.__name__} of {shapes}, {options}",
        lambda: (function, tuple(torch.rand(s) for s in shapes), options),
    )

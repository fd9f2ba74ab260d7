"""Functions of each element alone: one index for each axis, whatever the tensor's shape is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.formula.build import apply, indices
from generator.formula.tree import Equation, Expr, Read, Stage, Sym, Tensor, Var
from generator.layers.dtypes import converted, refuse_unreal, rounds, whole
from generator.layers.registry import Call, Formula, Note, Refused
from generator.layers.tensors import gradient_of, upstream

_LETTERS = {1: "i", 2: "n i", 3: "n i j", 4: "n c h w", 5: "n c d h w"}


@dataclass(frozen=True)
class Axes:
    """An index, a length and a name for each axis of a shape."""

    indices: tuple[Var, ...]
    sizes: tuple[Sym, ...]
    names: tuple[str, ...]
    settings: Mapping[str, int]


def axes(shape: tuple[int, ...], mark: str = "") -> Axes:
    """The axes of a tensor of which nothing but its shape is known, `axis 0` and so on.

    `mark` tells the lengths of one tensor from those of another in the same formula.
    """
    rank = len(shape)
    numbered = " ".join(f"i_{k}" for k in range(1, rank + 1))
    variables = indices(_LETTERS.get(rank, numbered))
    names = tuple(f"axis {k}" for k in range(rank))
    sizes = tuple(_length(v, n, mark) for v, n in zip(variables, names, strict=True))
    return Axes(variables, sizes, names, dict(zip((s.name for s in sizes), shape, strict=True)))


def _length(index: Var, name: str, mark: str) -> Sym:
    letter = index.name.upper()
    latex = rf"{{{letter}}}_{{{mark}}}" if mark else letter
    return Sym(letter + mark, latex, f"length of {name}")


def real(call: Call, *names: str) -> None:
    """Refuse operands that are not real floating-point numbers."""
    for name in names:
        dtype = call.tensors[name].dtype
        if call.tensors[name].integer or dtype.startswith("complex"):
            message = f"{call.type} of {name} in {dtype}: only real floating point is explained"
            raise Refused(message)


@dataclass(frozen=True)
class Elementwise:
    """The declarations of y = f(x) at each element, and what they read there."""

    axes: Axes
    before: str = ""
    """Type of the input; empty where it does not matter."""
    after: str = ""
    """Type of the output."""
    x: Tensor = field(init=False)
    y: Tensor = field(init=False)
    upstream: Tensor = field(init=False)

    def __post_init__(self) -> None:
        sizes = self.axes.sizes
        output = Tensor(
            "output", "y", sizes, "output of the layer", "result", integer=whole(self.after)
        )
        declared = Tensor(
            "input", "x", sizes, "input of the layer", integer=whole(self.before), label="Input"
        )
        object.__setattr__(self, "x", declared)
        object.__setattr__(self, "y", output)
        object.__setattr__(self, "upstream", upstream(output))

    @classmethod
    def of(cls, call: Call) -> Elementwise:
        """The declarations for the call's input, which has to be real."""
        refuse_unreal(call)
        before, after = call.tensors["input"].dtype, call.output.dtype
        return cls(axes(call.shape()), before, after)

    @property
    def value(self) -> Read:
        """x at the element."""
        return self.x[self.axes.indices]

    @property
    def from_above(self) -> Read:
        """The upstream gradient at the element."""
        return self.upstream[self.axes.indices]

    def stage(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
        """An intermediate quantity at each element, and its value at this one."""
        tensor = Tensor(name, latex, self.axes.sizes, meaning, "stage")
        return Stage(tensor, self.axes.indices, body), tensor[self.axes.indices]

    def forward(
        self, body: Expr, *, stages: tuple[Stage, ...] = (), arithmetic: Expr | None = None
    ) -> Equation:
        """y = body."""
        if rounds(self.before, self.after):
            order = body if arithmetic is None else arithmetic
            arithmetic = converted(order, {"input": self.after})
        return Equation(self.y, self.axes.indices, body, (self.x,), stages, arithmetic)

    def gradient(
        self, body: Expr, *, stages: tuple[Stage, ...] = (), arithmetic: Expr | None = None
    ) -> Equation:
        """∂L/∂x = body."""
        operands = (self.upstream, self.x)
        result = gradient_of(self.x)
        if rounds(self.after, self.before):
            # the gradient has the type of what it is the gradient of
            arithmetic = apply(self.before, body if arithmetic is None else arithmetic)
        return Equation(result, self.axes.indices, body, operands, stages, arithmetic)

    def formula(
        self,
        summary: str,
        forward: Equation,
        gradient: Equation | None,
        *,
        notes: tuple[Note, ...] = (),
        settings: Mapping[str, float] | None = None,
        result: str = "value",
    ) -> Formula:
        """The explanation with these two equations; whole numbers have no gradient."""
        names = self.axes.names
        if whole(self.before) or whole(self.after):
            gradient = None
        return Formula(
            summary=summary,
            forward=forward,
            gradients={} if gradient is None else {"input": gradient},
            settings={**self.axes.settings, **(settings or {})},
            axes={"input": names, "output": names},
            notes=notes,
            result=result,
        )

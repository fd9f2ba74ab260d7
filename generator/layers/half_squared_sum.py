"""L = ½ Σ y²: the default loss, whose gradient at the output is the output itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from generator.formula.build import total
from generator.formula.tree import Div, Equation, Expr, Num, Tensor, add
from generator.layers.elementwise import Axes, axes, real
from generator.layers.registry import Call, Formula, Note, explains
from generator.layers.tensors import gradient_of, upstream

_WHY = Note(
    "Why this loss",
    "The model's file gives no loss. ½ Σ y² is the simplest one that depends on every output: the "
    "gradient at each output is the output itself, so that no factor is in the way.",
)


@explains(
    "layerbook.half_squared_sum",
    arguments="input, *further",
    title="Default loss",
    search=("half squared sum", "loss"),
)
def half_squared_sum(call: Call) -> Formula:
    """Half the sum of the squares of any number of outputs."""
    parts = _parts(call)
    loss = Tensor("output", "L", (), "loss", "result")
    g = upstream(loss)
    sums = add(*(part.squares for part in parts))
    body = Div(sums if len(parts) > 1 else parts[0].squares, Num(2))
    return Formula(
        summary=_summary(len(parts)),
        forward=Equation(loss, (), body, tuple(part.y for part in parts)),
        gradients={part.y.name: part.gradient(g) for part in parts},
        settings={k: v for part in parts for k, v in part.axes.settings.items()},
        axes={"output": (), **{part.y.name: part.axes.names for part in parts}},
        multiply_adds=sum(math.prod(call.shape(part.y.name)) for part in parts),
        notes=(_WHY,),
    )


@dataclass(frozen=True)
class _Part:
    """One of the outputs that are squared."""

    y: Tensor
    axes: Axes

    @property
    def squares(self) -> Expr:
        spans = [v.over(n) for v, n in zip(self.axes.indices, self.axes.sizes, strict=True)]
        return total(spans, self.y[self.axes.indices] ** 2)

    def gradient(self, g: Tensor) -> Equation:
        """y itself: this step gives the loss, and the derivative of that by itself is 1."""
        body = self.y[self.axes.indices]
        return Equation(gradient_of(self.y), self.axes.indices, body, (g, self.y))


def _parts(call: Call) -> tuple[_Part, ...]:
    real(call, *call.tensors)
    several = len(call.tensors) > 1
    parts = []
    for number, name in enumerate(call.tensors, start=1):
        found = axes(call.shape(name), str(number) if several else "")
        latex = f"y^{{({number})}}" if several else "y"
        meaning = f"output {number} of the model" if several else "output of the model"
        parts.append(
            _Part(Tensor(name, latex, found.sizes, meaning, label="Output of the Model"), found)
        )
    return tuple(parts)


def _summary(count: int) -> str:
    of = "the model's output" if count == 1 else f"the model's {count} outputs"
    return f"Half the sum of the squares of all elements of {of}."

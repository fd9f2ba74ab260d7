"""y = ⌊x / z⌋: the quotient rounded down to a whole number."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.pairs import Pair
from generator.layers.quotients import divided, floored, quotients
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_NONE = Note(
    "No gradient",
    "torch has no derivative of a floor division: a backward pass through it fails.",
)


@explains(
    "torch.floor_divide",
    "torch.Tensor.floor_divide",
    "torch.Tensor.floor_divide_",
    "torch.Tensor.__floordiv__",
    "torch.Tensor.__ifloordiv__",
    arguments="input, other",
    title="Floor division",
    search=("//", "integer division", "torch.floor_divide"),
)
def floor_divide(call: Call) -> Formula:
    """The whole quotient of the first operand by the second one."""
    return _formula(divided(call, ("float32",)), "input", "other")


@explains(
    "torch.Tensor.__rfloordiv__",
    arguments="input, other",
    title="Floor division",
    search=("//", "integer division", "torch.floor_divide"),
)
def rfloordiv(call: Call) -> Formula:
    """The whole quotient of a number by the tensor."""
    return _formula(divided(call, ("float32",)), "other", "input")


def _formula(both: Pair, above: str, below: str) -> Formula:
    whole = both.call.output.integer
    quotient = floored(both[above], both[below], whole=whole)
    return Formula(
        summary=f"Each element is {both.says(above)} divided by {both.says(below)}, rounded down.",
        # a large quotient is rounded on its way
        forward=both.forward(quotient, None if whole else apply("float32", quotient)),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*(() if whole else (_NONE,)), *both.notes()),
        result="quotient",
    )


examples(
    *quotients(torch.floor_divide, gradient=False),
    Example("of a number", lambda: (torch.Tensor.__rfloordiv__, (torch.arange(1, 5), 7), {})),
)

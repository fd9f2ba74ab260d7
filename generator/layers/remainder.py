"""y = x - z ⌊x / z⌋: what a division leaves, with the divisor's sign."""

from __future__ import annotations

from dataclasses import replace

import torch

from generator.formula.build import apply
from generator.layers.pairs import Pair
from generator.layers.quotients import divided, left, quotients
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_SIGN = Note(
    "The sign is the divisor's",
    "As Python's `%`, unlike C's: -1 modulo 3 is 2. `fmod` keeps the sign of what is divided.",
)


@explains(
    "torch.remainder",
    "torch.Tensor.remainder",
    "torch.Tensor.remainder_",
    "torch.Tensor.__mod__",
    "torch.Tensor.__imod__",
    arguments="input, other",
    title="Remainder",
    search=("modulo", "%", "torch.remainder"),
)
def remainder(call: Call) -> Formula:
    """The remainder of the first operand by the second one."""
    return _formula(divided(call, ("float32",)), "input", "other")


@explains(
    "torch.Tensor.__rmod__",
    arguments="input, other",
    title="Remainder",
    search=("modulo", "%", "torch.remainder"),
)
def rmod(call: Call) -> Formula:
    """The remainder by the tensor; of that of a number torch has no derivative."""
    both = divided(call, ("float32",))
    found = _formula(both, "other", "input")
    return found if "other" in call.tensors else replace(found, gradients={})


def _formula(both: Pair, above: str, below: str) -> Formula:
    x, z, g = both[above], both[below], both.g
    return Formula(
        summary=f"Each element is what {both.says(above)} leaves when divided by "
        f"{both.says(below)}.",
        forward=both.forward(left(x, z, whole=both.call.output.integer)),
        gradients=both.gradients({above: g, below: -(g * apply("floor", x / z))}),
        settings=both.settings,
        axes=both.named,
        notes=(_SIGN, *both.notes()),
        result="remainder",
    )


examples(
    *quotients(torch.remainder),
    Example("of a number", lambda: (torch.Tensor.__rmod__, (torch.tensor([3, -4]), 7), {})),
)

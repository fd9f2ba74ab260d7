"""y = 0 below zero, 1 above, and v at zero."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_NONE = Note(
    "No gradient",
    "torch has no derivative of the step: a backward pass through it fails.",
)


@explains(
    "torch.heaviside",
    "torch.Tensor.heaviside",
    "torch.Tensor.heaviside_",
    arguments="input, other",
    title="Heaviside step",
    search=("step function", "unit step", "torch.heaviside"),
)
def heaviside(call: Call) -> Formula:
    """The step; what stands at zero is given."""
    both = pair(call)
    x, v = both.x, both.z
    return Formula(
        summary="Each element becomes 0 where it is negative, 1 where it is positive, and "
        f"{both.says('other')} at zero.",
        forward=both.forward(cases((equal(x, 0), v), (x > 0, 1), otherwise=0)),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(
            _NONE,
            *both.notes(),
        ),
    )


def _whole(*shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{shapes}",
        lambda: (torch.heaviside, tuple(torch.randint(-1, 2, s) for s in shapes), {}),
    )


examples(_whole((2, 3), (2, 3)), _whole((2, 3, 4), ()), _whole((), ()), _whole((0, 2), (2,)))

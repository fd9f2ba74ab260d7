"""y = √(x² + z²): the hypotenuse of a right triangle."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_ZERO = Note(
    "No gradient at zero",
    "Where both operands are zero the gradient is NaN.",
)


@explains(
    "torch.hypot",
    "torch.Tensor.hypot",
    "torch.Tensor.hypot_",
    arguments="input, other",
    title="Hypotenuse",
    search=("Euclidean length", "torch.hypot"),
)
def hypot(call: Call) -> Formula:
    """The length of the vector (x, z)."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    length = apply("sqrt", x**2 + z**2)
    return Formula(
        summary="Each element is the root of both operands' squares added.",
        forward=both.forward(length),
        gradients=both.gradients({"input": g * x / length, "other": g * z / length}),
        settings=both.settings,
        axes=both.named,
        notes=(
            _ZERO,
            *both.notes(),
        ),
    )


examples(
    *pairs_of(torch.hypot),
    Example("huge", lambda: (torch.hypot, (torch.tensor([3e18]), torch.tensor([4e18])), {})),
)

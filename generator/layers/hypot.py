"""y = √(x² + z²): the hypotenuse of a right triangle."""

from __future__ import annotations

import torch

from generator.formula.build import apply
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


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"hypot {shapes} of {dtype}",
        lambda: (torch.hypot, tuple(torch.randn(s).to(dtype) for s in shapes), {}),
    )


examples(
    _of((2, 3), (2, 3)),
    _of((2, 3, 4), (3, 1)),
    _of((), (2, 3)),
    _of((), ()),
    _of((0, 3), (3,)),
    _of((40, 30), (30,)),
    _of((4, 5), (5,), dtype=torch.float64),
    _of((4, 5), (5,), dtype=torch.bfloat16),
    Example("huge", lambda: (torch.hypot, (torch.tensor([3e18]), torch.tensor([4e18])), {})),
)

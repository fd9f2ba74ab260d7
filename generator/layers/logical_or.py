"""y = [x ≠ 0 ∨ z ≠ 0]: where at least one operand is true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.formula.tree import Either
from generator.layers.choices import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.logical_or",
    "torch.Tensor.logical_or",
    "torch.Tensor.logical_or_",
    arguments="input, other",
    title="Logical or",
    search=("or", "mask", "torch.logical_or"),
)
def logical_or(call: Call) -> Formula:
    """Whether at least one operand is not zero."""
    both = pair(call)
    return Formula(
        summary="The result is true where at least one operand is not zero.",
        forward=both.forward(bracket(Either((unequal(both.x, 0), unequal(both.z, 0))))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _truth() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([[True], [False]]), torch.tensor([True, False])


examples(
    *pairs_of(torch.logical_or),
    Example("truth values", lambda: (torch.logical_or, _truth(), {})),
    Example(
        "zeros", lambda: (torch.logical_or, (torch.tensor([0.0, torch.nan]), torch.ones(2)), {})
    ),
)

"""y = [x ≠ 0 ∧ z ≠ 0]: where both operands are true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, every, unequal
from generator.layers.choices import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.logical_and",
    "torch.Tensor.logical_and",
    "torch.Tensor.logical_and_",
    arguments="input, other",
    title="Logical and",
    search=("and", "mask", "torch.logical_and"),
)
def logical_and(call: Call) -> Formula:
    """Whether both operands are not zero."""
    both = pair(call)
    return Formula(
        summary="The result is true where both operands are not zero.",
        forward=both.forward(bracket(every(unequal(both.x, 0), unequal(both.z, 0)))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _truth() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([[True], [False]]), torch.tensor([True, False])


examples(
    *pairs_of(torch.logical_and),
    Example("truth values", lambda: (torch.logical_and, _truth(), {})),
    Example(
        "zeros", lambda: (torch.logical_and, (torch.tensor([0.0, torch.nan]), torch.ones(2)), {})
    ),
)

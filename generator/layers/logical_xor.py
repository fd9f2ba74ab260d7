"""y = [x ≠ 0 ⊻ z ≠ 0]: where one operand, but not both, is true, that is not zero."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.choices import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.logical_xor",
    "torch.Tensor.logical_xor",
    "torch.Tensor.logical_xor_",
    arguments="input, other",
    title="Logical exclusive or",
    search=("xor", "mask", "torch.logical_xor"),
)
def logical_xor(call: Call) -> Formula:
    """Whether one operand, but not both, is not zero."""
    both = pair(call)
    return Formula(
        summary="The result is true where one operand, but not both, is not zero.",
        forward=both.forward(
            bracket(unequal(bracket(unequal(both.x, 0)), bracket(unequal(both.z, 0))))
        ),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=both.notes(),
        result="truth value",
    )


def _truth() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([[True], [False]]), torch.tensor([True, False])


examples(
    *pairs_of(torch.logical_xor),
    Example("truth values", lambda: (torch.logical_xor, _truth(), {})),
    Example(
        "zeros", lambda: (torch.logical_xor, (torch.tensor([0.0, torch.nan]), torch.ones(2)), {})
    ),
)

"""y = [x ≠ z]: where one operand differs from the other."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.choices import compared, pairs_of, rounded_first
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.ne",
    "torch.Tensor.ne",
    "torch.Tensor.ne_",
    "torch.not_equal",
    "torch.Tensor.not_equal",
    "torch.Tensor.not_equal_",
    "torch.Tensor.__ne__",
    arguments="input, other",
    title="Not equal",
    search=("!=", "inequality", "mask", "torch.ne"),
)
def ne(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    both, x, z = compared(call)
    return Formula(
        summary=f"The result is true where {both.says('input')} differs from {both.says('other')}.",
        forward=both.forward(bracket(unequal(x, z))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(), *rounded_first(call)),
        result="truth value",
    )


examples(
    *pairs_of(torch.ne),
    Example("with a number", lambda: (torch.Tensor.__ne__, (torch.randn(2, 3), 0.1), {})),
    Example("with 0.1 itself", lambda: (torch.ne, (torch.tensor([0.1, 0.2]), 0.1), {})),
    Example("numbers of halves", lambda: (torch.ne, (torch.tensor([0.1]).half(), 0.1), {})),
    Example("whole and not", lambda: (torch.ne, (torch.arange(5), 2.5), {})),
    Example("rounded", lambda: (torch.ne, (torch.tensor([2**24 + 1]), 2.0**24), {})),
    Example("wrapped", lambda: (torch.ne, (torch.arange(5).byte(), 259), {})),
    Example("truth", lambda: (torch.ne, (torch.tensor([True, False]), 1), {})),
    Example("no number", lambda: (torch.ne, (torch.tensor([torch.nan, 1.0]), torch.nan), {})),
)

"""y = [x ≥ z]: where one operand is at least the other."""

from __future__ import annotations

import torch

from generator.formula.build import bracket
from generator.layers.choices import compared, pairs_of, rounded_first
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.ge",
    "torch.Tensor.ge",
    "torch.Tensor.ge_",
    "torch.greater_equal",
    "torch.Tensor.greater_equal",
    "torch.Tensor.greater_equal_",
    "torch.Tensor.__ge__",
    arguments="input, other",
    title="Greater or equal",
    search=(">=", "comparison", "mask", "torch.ge"),
)
def ge(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    both, x, z = compared(call)
    return Formula(
        summary=f"The result is true where {both.says('input')} is at least {both.says('other')}.",
        forward=both.forward(bracket(x >= z)),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(), *rounded_first(call)),
        result="truth value",
    )


examples(
    *pairs_of(torch.ge),
    Example("with a number", lambda: (torch.Tensor.__ge__, (torch.randn(2, 3), 0.1), {})),
    Example("with 0.1 itself", lambda: (torch.ge, (torch.tensor([0.1, 0.2]), 0.1), {})),
    Example("numbers of halves", lambda: (torch.ge, (torch.tensor([0.1]).half(), 0.1), {})),
    Example("whole and not", lambda: (torch.ge, (torch.arange(5), 2.5), {})),
    Example("rounded", lambda: (torch.ge, (torch.tensor([2**24 + 1]), 2.0**24), {})),
    Example("wrapped", lambda: (torch.ge, (torch.arange(5).byte(), 259), {})),
    Example("truth", lambda: (torch.ge, (torch.tensor([True, False]), 1), {})),
    Example("no number", lambda: (torch.ge, (torch.tensor([torch.nan, 1.0]), torch.nan), {})),
)

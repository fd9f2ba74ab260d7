"""y = [x = z]: where one operand equals the other."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal
from generator.layers.choices import compared, pairs_of, rounded_first
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.eq",
    "torch.Tensor.eq",
    "torch.Tensor.eq_",
    "torch.Tensor.__eq__",
    arguments="input, other",
    title="Equal",
    search=("==", "equality", "mask", "torch.eq"),
)
def eq(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    both, x, z = compared(call)
    return Formula(
        summary=f"The result is true where {both.says('input')} equals {both.says('other')}.",
        forward=both.forward(bracket(equal(x, z))),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(), *rounded_first(call)),
        result="truth value",
    )


examples(
    *pairs_of(torch.eq),
    Example("with a number", lambda: (torch.Tensor.__eq__, (torch.randn(2, 3), 0.1), {})),
    Example("with 0.1 itself", lambda: (torch.eq, (torch.tensor([0.1, 0.2]), 0.1), {})),
    Example("numbers of halves", lambda: (torch.eq, (torch.tensor([0.1]).half(), 0.1), {})),
    Example("whole and not", lambda: (torch.eq, (torch.arange(5), 2.5), {})),
    Example("rounded", lambda: (torch.eq, (torch.tensor([2**24 + 1]), 2.0**24), {})),
    Example("wrapped", lambda: (torch.eq, (torch.arange(5).byte(), 259), {})),
    Example("truth", lambda: (torch.eq, (torch.tensor([True, False]), 1), {})),
    Example("no number", lambda: (torch.eq, (torch.tensor([torch.nan, 1.0]), torch.nan), {})),
)

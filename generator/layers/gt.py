"""y = [x > z]: where one operand exceeds the other."""

from __future__ import annotations

import torch

from generator.formula.build import bracket
from generator.layers.choices import compared, pairs_of, rounded_first
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.gt",
    "torch.Tensor.gt",
    "torch.Tensor.gt_",
    "torch.greater",
    "torch.Tensor.greater",
    "torch.Tensor.greater_",
    "torch.Tensor.__gt__",
    arguments="input, other",
    title="Greater",
    search=(">", "comparison", "mask", "torch.gt"),
)
def gt(call: Call) -> Formula:
    """The comparison of each element, true or false."""
    both, x, z = compared(call)
    return Formula(
        summary=f"The result is true where {both.says('input')} exceeds {both.says('other')}.",
        forward=both.forward(bracket(x > z)),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(), *rounded_first(call)),
        result="truth value",
    )


examples(
    *pairs_of(torch.gt),
    Example("with a number", lambda: (torch.Tensor.__gt__, (torch.randn(2, 3), 0.1), {})),
    Example("with 0.1 itself", lambda: (torch.gt, (torch.tensor([0.1, 0.2]), 0.1), {})),
    Example("numbers of halves", lambda: (torch.gt, (torch.tensor([0.1]).half(), 0.1), {})),
    Example("whole and not", lambda: (torch.gt, (torch.arange(5), 2.5), {})),
    Example("rounded", lambda: (torch.gt, (torch.tensor([2**24 + 1]), 2.0**24), {})),
    Example("wrapped", lambda: (torch.gt, (torch.arange(5).byte(), 259), {})),
    Example("truth", lambda: (torch.gt, (torch.tensor([True, False]), 1), {})),
    Example("no number", lambda: (torch.gt, (torch.tensor([torch.nan, 1.0]), torch.nan), {})),
)

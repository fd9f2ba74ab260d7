"""y = [some x is not 0]: whether any element is true, over some axes or over all."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.truths import over_axes_of

_TRUE = Note("What counts as true", "Every number but 0 is true, NaN too.")


@explains(
    "torch.any",
    "torch.Tensor.any",
    arguments="input, dim=None, keepdim=False",
    title="Any",
    search=("some", "exists", "logical or", "disjunction"),
)
def any_(call: Call) -> Formula:
    """Whether some element over the axes `dim` is not 0."""
    over = reduced(call)
    said = "one value is true" if over.count == 1 else f"any of {over.values} is true"
    count = over.sum_of(bracket(unequal(over.value, 0)))
    return Formula(
        summary=f"{over.each} says whether {said}, {over.over}.",
        forward=over.forward(bracket(count > 0)),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=() if call.tensors["input"].dtype == "bool" else (_TRUE,),
        result="truth value",
    )


examples(*over_axes_of(torch.any, torch.Tensor.any, 2))

"""y = [no x is 0]: whether all elements are true, over some axes or over all."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Formula, Note, examples, explains
from generator.layers.truths import over_axes_of

_TRUE = Note("What counts as true", "Every number but 0 is true, NaN too.")


@explains(
    "torch.all",
    "torch.Tensor.all",
    arguments="input, dim=None, keepdim=False",
    title="All",
    search=("every", "logical and", "conjunction"),
)
def all_(call: Call) -> Formula:
    """Whether no element over the axes `dim` is 0."""
    over = reduced(call)
    said = "one value is true" if over.count == 1 else f"all of {over.values} are true"
    count = over.sum_of(bracket(equal(over.value, 0)))
    return Formula(
        summary=f"{over.each} says whether {said}, {over.over}.",
        forward=over.forward(bracket(equal(count, 0))),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=() if call.tensors["input"].dtype == "bool" else (_TRUE,),
        result="truth value",
    )


examples(*over_axes_of(torch.all, torch.Tensor.all, 20))

"""y = [no x is 0]: whether all elements are true, over some axes or over all."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

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
    count = over.sum_of(bracket(equal(over.value, 0)))
    return Formula(
        summary=f"Each output says whether all of {over.values} are true, {over.over}.",
        forward=over.forward(bracket(equal(count, 0))),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=() if call.tensors["input"].dtype == "bool" else (_TRUE,),
        result="truth value",
    )


def _all(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"all {shape}, {args}, {options}",
        lambda: (torch.all, (torch.randint(0, 20, shape), *args), options),
    )


examples(
    _all((2, 3, 4), (0, 2)),
    _all((2, 3, 4), -1, True),
    _all((2, 3, 4)),
    _all((5,), 0),
    _all(()),
    _all((3, 1), 1),
    _all((2, 0), 1),
    _all((0, 3), 0),
    _all((3, 400), 1),
    Example("of bool", lambda: (torch.Tensor.all, (torch.rand(9, 4) > 0.3, 1), {})),
    Example("of uint8", lambda: (torch.all, (torch.randint(0, 2, (9, 3)).byte(), 1), {})),
    Example("of floats", lambda: (torch.all, (torch.randn(3, 4).relu(), 0), {})),
    Example("of NaN", lambda: (torch.all, (torch.tensor([[torch.nan, 0.0], [0.0, 1.0]]), 1), {})),
    Example("of float16", lambda: (torch.all, (torch.randn(3, 4).relu().half(), 1), {})),
)

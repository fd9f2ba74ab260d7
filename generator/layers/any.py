"""y = [some x is not 0]: whether any element is true, over some axes or over all."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, unequal
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

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
    count = over.sum_of(bracket(unequal(over.value, 0)))
    return Formula(
        summary=f"Each output says whether any of {over.values} is true, {over.over}.",
        forward=over.forward(bracket(count > 0)),
        gradients={},
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=() if call.tensors["input"].dtype == "bool" else (_TRUE,),
        result="truth value",
    )


def _any(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"any {shape}, {args}, {options}",
        lambda: (torch.any, (torch.randint(0, 2, shape), *args), options),
    )


examples(
    _any((2, 3, 4), (0, 2)),
    _any((2, 3, 4), -1, True),
    _any((2, 3, 4)),
    _any((5,), 0),
    _any(()),
    _any((3, 1), 1),
    _any((2, 0), 1),
    _any((0, 3), 0),
    _any((3, 400), 1),
    Example("of bool", lambda: (torch.Tensor.any, (torch.rand(9, 4) > 0.3, 1), {})),
    Example("of uint8", lambda: (torch.any, (torch.randint(0, 2, (9, 3)).byte(), 1), {})),
    Example("of floats", lambda: (torch.any, (torch.randn(3, 4).relu(), 0), {})),
    Example("of NaN", lambda: (torch.any, (torch.tensor([[torch.nan, 0.0], [0.0, 1.0]]), 1), {})),
    Example("of float16", lambda: (torch.any, (torch.randn(3, 4).relu().half(), 1), {})),
)

"""y = Π x: the product over one axis, or over all."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal, product, unequal
from generator.formula.tree import Either, Equation
from generator.layers.dims import primed
from generator.layers.over_axes import Reduced, reduced, refuse_whole
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.prod",
    "torch.Tensor.prod",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Product",
    search=("prod", "multiply all"),
)
def prod(call: Call) -> Formula:
    """The product over the axis `dim`, or over all."""
    refuse_whole(call)
    over = reduced(call)
    held = wrapped(call, product(over.spans, over.value) if over.spans else over.value)
    return Formula(
        summary=f"{over.each} is the product of {over.values}, {over.over}.",
        forward=over.forward(held.body),
        gradients=_gradients(over),
        settings={**over.settings, **held.settings},
        axes=over.named,
        sizes=over.sizes,
        notes=held.notes,
        result="product",
    )


def _gradients(over: Reduced) -> dict[str, Equation]:
    """g times the product of all others; torch divides by x, where that is not 0."""
    if over.count == 1:
        return over.gradients(over.g)
    others = [over.axes[k] for k in over.gone]
    ranges = [primed(a).over(a.length) for a in others]
    elsewhere = [unequal(primed(a), a.at) for a in others]
    where = elsewhere[0] if len(elsewhere) == 1 else Either(tuple(elsewhere))
    read = over.x[tuple(primed(a) if a in others else a.at for a in over.axes)]
    body = over.g * product(ranges, read, where)
    everything = product(over.spans, over.value)
    stage, y = over.stage(
        "result", "y", "the output, computed once more from the input", everything
    )
    divided = cases((equal(over.value, 0), body), otherwise=over.g * y / over.value)
    return over.gradients(body, stages=(stage,), arithmetic=divided)


def _prod(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"prod {shape}, {args}, {options}",
        lambda: (torch.prod, (torch.randn(shape), *args), options),
    )


def _zeros(count: int) -> torch.Tensor:
    x = torch.randn(3, 5)
    x[1, torch.randperm(5)[:count]] = 0.0
    return x


examples(
    _prod((2, 3, 4), 1),
    _prod((2, 3, 4), -1, True),
    _prod((2, 3, 4)),
    _prod((5,), 0),
    _prod((2,), 0),
    _prod(()),
    _prod((3, 1), 1),
    _prod((2, 0), 1),
    _prod((0, 3), 0),
    _prod((3, 40), 1),
    _prod((3, 4), 1, dtype=torch.float64),
    Example("near one", lambda: (torch.prod, (1 - 0.1 * torch.rand(2, 100), 1), {})),
    Example("one zero", lambda: (torch.Tensor.prod, (_zeros(1), 1), {})),
    Example("several zeros", lambda: (torch.Tensor.prod, (_zeros(2), 1), {})),
    Example("one zero among all", lambda: (torch.Tensor.prod, (_zeros(1),), {})),
    Example("several zeros among all", lambda: (torch.Tensor.prod, (_zeros(2),), {})),
    Example("of int16", lambda: (torch.prod, (torch.randint(-3, 4, (3, 9)).short(), 1), {})),
    Example("wrapped", lambda: (torch.prod, (torch.randint(-99, 99, (3, 30)), 1), {})),
    Example(
        "in uint8",
        lambda: (torch.prod, (torch.randint(-99, 99, (3, 4)), 1), {"dtype": torch.uint8}),
    ),
    Example("of bool", lambda: (torch.prod, (torch.rand(3, 9) > 0.2, 1), {})),
    Example("of float16", lambda: (torch.prod, (torch.randn(3, 9).half(), 1), {})),
)

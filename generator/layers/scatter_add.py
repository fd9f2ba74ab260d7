"""y[j, w] = x[j, w] + Σ s[k, w] over the k with p[k, w] = j: values are added where indices say."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream
from generator.layers.whole_numbers import wrapped


@explains(
    "torch.scatter_add",
    "torch.Tensor.scatter_add",
    "torch.Tensor.scatter_add_",
    arguments="input, dim, index, src",
    title="Scatter add",
    search=("accumulate at indices", "histogram", "segment sum", "torch.scatter_add"),
)
def scatter_add(call: Call) -> Formula:
    """Values of a tensor added along the axis `dim`."""
    along = Scattering.of(call, line=False)
    s, y = along.source("src"), along.changed
    total = wrapped(call, along.added(along.beside(s)))
    forward = Equation(
        y,
        along.indices(y),
        total.body,
        (along.x, along.p, s),
        arithmetic=along.added_in_order(along.beside(s)),
    )
    gradients = {"input": along.passed(), **along.sent("src", along.inside(upstream(y)))}
    return Formula(
        summary="Each value of the source is added to the input at the index along axis "
        f"{along.place} that the index tensor has beside it; an index may occur several times.",
        forward=forward,
        gradients={} if call.output.integer else gradients,
        settings={**along.settings_of("src"), **along.settings, **total.settings},
        axes=along.named("src", output=False),
        notes=(*total.notes, *in_place(call)),
        indices=POINTS,
    )


def _add(shape: tuple[int, ...], dim: int, *indices: int, more: int = 0) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.randint(shape[dim] if shape else 1, indices)
        x, source = torch.randn(shape), torch.randn([n + more for n in indices])
        if more:  # of such a source torch has no gradient
            x, source = (100 * x).int(), (100 * source).int()
        return torch.scatter_add, (x, dim, index, source), {}

    return Example(f"scatter_add {shape}, axis {dim}, {indices}, {more} more", run)


examples(
    _add((3, 4), 0, 5, 4),
    _add((3, 4), 1, 3, 2),
    _add((3, 4), -1, 2, 7),
    _add((3, 4), -1, 2, 2, more=1),
    _add((2, 3, 4), 1, 1, 5, 3),
    _add((2, 3, 2, 3), 2, 2, 1, 1, 2),
    _add((4,), 0, 100),
    _add((5,), 0, 0),
    _add((3, 4), 0, 2, 0),
    _add((), 0),
    _add((), 0, 3),
    Example(
        "a histogram",
        lambda: (
            torch.Tensor.scatter_add,
            (torch.zeros(4), 0, torch.randint(4, (50,)), torch.ones(50)),
            {},
        ),
    ),
    Example(
        "small ones onto a large one",
        lambda: (
            torch.scatter_add,
            (torch.full((2,), -1e6), 0, torch.randint(2, (300,)), torch.rand(300)),
            {},
        ),
    ),
    Example(
        "truth values",
        lambda: (
            torch.scatter_add,
            (torch.zeros(3).bool(), 0, torch.tensor([1]), torch.tensor([True])),
            {},
        ),
    ),
    Example(
        "float16",
        lambda: (
            torch.scatter_add,
            (torch.randn(3).half(), 0, torch.randint(3, (40,)), torch.randn(40).half()),
            {},
        ),
    ),
)

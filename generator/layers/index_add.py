"""y[j] = x[j] + α Σ s[k] over the k with p[k] = j: slices are added at the indices of a list."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation, Sym
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream
from generator.layers.whole_numbers import wrapped
from generator.layers.written import number_of

_ALPHA = Sym("alpha", r"\alpha", "factor of what is added", integer=False)


@explains(
    "torch.index_add",
    "torch.Tensor.index_add",
    "torch.Tensor.index_add_",
    arguments="input, dim, index, source, alpha=1",
    title="Index add",
    search=("accumulate at indices", "segment sum", "scatter add", "torch.index_add"),
)
def index_add(call: Call) -> Formula:
    """Slices of the source added along the axis `dim`."""
    along = Scattering.of(call, line=True)
    s, y, alpha = along.source("source"), along.changed, number_of(call, "alpha")
    scaled = alpha != 1
    term = along.beside(s)
    sent = along.inside(upstream(y))
    part = _ALPHA * term if scaled else term
    total = wrapped(call, along.added(part))
    forward = Equation(
        y,
        along.indices(y),
        total.body,
        (along.x, along.p, s),
        arithmetic=along.added_in_order(part),
    )
    gradients = {
        "input": along.passed(),
        **along.sent("source", _ALPHA * sent if scaled else sent),
    }
    factor = f", times {alpha}" if scaled else ""
    return Formula(
        summary=f"Each slice of the source{factor} is added to the input at its index along axis "
        f"{along.place}; an index may occur several times.",
        forward=forward,
        gradients={} if call.output.integer else gradients,
        settings={
            **along.settings_of("source"),
            **along.settings,
            **total.settings,
            "alpha": alpha,
        },
        axes=along.named("source", output=False),
        multiply_adds=along.terms if scaled else 0,
        notes=(*total.notes, *in_place(call)),
        indices=POINTS,
    )


def _add(shape: tuple[int, ...], dim: int, *indices: int, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.tensor(indices).long()
        own = list(shape)
        own[dim] = len(indices)
        return torch.index_add, (torch.randn(shape), dim, index, torch.randn(own)), options

    return Example(f"index_add {shape}, axis {dim}, {indices}, {options}", run)


examples(
    _add((3, 4), 0, 2, 0),
    _add((3, 4), 1, 3, 3, 0),
    _add((3, 4), -1, 3, 3, 0, alpha=-0.3),
    _add((2, 3, 4), 1, 1, 1, 1, 2, alpha=2),
    _add((5,), 0, *[1] * 60),
    _add((5,), 0),
    Example(
        "a scalar",
        lambda: (torch.index_add, (torch.tensor(2.0), 0, torch.tensor([0]), torch.randn(())), {}),
    ),
    Example(
        "an index without axes",
        lambda: (torch.index_add, (torch.randn(4), 0, torch.tensor(2), torch.randn(1)), {}),
    ),
    Example(
        "whole numbers",
        lambda: (
            torch.index_add,
            (torch.arange(3), 0, torch.tensor([1, 1]), torch.tensor([5, 7])),
            {"alpha": 2},
        ),
    ),
    Example(
        "small ones onto a large one",
        lambda: (
            torch.index_add,
            (torch.full((2,), 1e6), 0, torch.randint(2, (300,)), torch.rand(300)),
            {},
        ),
    ),
    Example(
        "bfloat16",
        lambda: (
            torch.index_add,
            (torch.randn(3).bfloat16(), 0, torch.randint(3, (9,)), torch.randn(9).bfloat16()),
            {},
        ),
    ),
)

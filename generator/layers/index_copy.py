"""y[p[k]] = s[k], and y = x elsewhere: slices are written at the indices of a list."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream
from generator.layers.written import TWICE


@explains(
    "torch.index_copy",
    "torch.Tensor.index_copy",
    "torch.Tensor.index_copy_",
    arguments="input, dim, index, source",
    title="Index copy",
    search=("write at indices", "cache update", "torch.index_copy"),
)
def index_copy(call: Call) -> Formula:
    """Slices of the source written along the axis `dim`."""
    along = Scattering.of(call, line=True)
    s, y = along.source("source"), along.changed
    forward = Equation(y, along.indices(y), along.written(s), (along.x, along.p, s), (along.last,))
    gradients = {"input": along.kept(), **along.sent("source", along.inside(upstream(y)))}
    return Formula(
        summary=f"Each slice of the source is written into the input at its index along axis "
        f"{along.place}; all else stays.",
        forward=forward,
        gradients={} if call.output.integer else gradients,
        settings={**along.settings_of("source"), **along.settings},
        axes=along.named("source", output=False),
        notes=(TWICE, *in_place(call)),
        indices=POINTS,
        conventions=frozenset({"source"}),
    )


def _copy(shape: tuple[int, ...], dim: int, *indices: int) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.tensor(indices).long()
        own = list(shape)
        own[dim] = len(indices)
        return torch.index_copy, (torch.randn(shape), dim, index, torch.randn(own)), {}

    return Example(f"index_copy {shape}, axis {dim}, {indices}", run)


examples(
    _copy((3, 4), 0, 2, 0),
    _copy((3, 4), 1, 3),
    _copy((2, 3, 4), -2, 1, 2, 0),
    _copy((2, 1, 5, 3), 2, 4),
    _copy((5,), 0, 1, 3, 2),
    _copy((5,), 0),
    Example(
        "a scalar",
        lambda: (torch.index_copy, (torch.tensor(2.0), 0, torch.tensor([0]), torch.randn(1)), {}),
    ),
    Example(
        "the last one stays",
        lambda: (
            torch.index_copy,
            (torch.arange(3), 0, torch.tensor([1, 1]), torch.tensor([5, 7])),
            {},
        ),
    ),
    Example(
        "truth values",
        lambda: (
            torch.index_copy,
            (torch.zeros(3).bool(), 0, torch.tensor([1]), torch.tensor([True])),
            {},
        ),
    ),
)

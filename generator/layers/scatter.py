"""y[p[k, j], j] = s[k, j], and y = x elsewhere: values are written where an index tensor says."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation, Sym
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.dtypes import refuse_unless, spelled
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.scattering import Scattering
from generator.layers.tensors import upstream
from generator.layers.written import TWICE, number_of

_V = Sym("v", "v", "what is written", integer=False)


@explains(
    "torch.scatter",
    "torch.Tensor.scatter",
    "torch.Tensor.scatter_",
    arguments="input, dim, index, src=None, value=None, reduce=None",
    title="Scatter",
    search=("write at indices", "advanced indexing", "torch.scatter"),
)
def scatter(call: Call) -> Formula:
    """Values of a tensor, or one number, written along the axis `dim`."""
    refuse_unless(None, call, "reduce")
    along = Scattering.of(call, line=False)
    if set(call.tensors) - {"input", "index", "src"}:
        raise Refused(f"{spelled(call)}: a tensor as value is not explained")
    return _tensor(call, along) if "src" in call.tensors else _number(call, along)


def _tensor(call: Call, along: Scattering) -> Formula:
    s, y = along.source("src"), along.changed
    g = upstream(y)
    forward = Equation(y, along.indices(y), along.written(s), (along.x, along.p, s), (along.last,))
    gradients = {"input": along.kept(), **along.sent("src", along.inside(g))}
    return Formula(
        summary=f"The source's values are written into the input at the index along axis "
        f"{along.place} that the index tensor has beside each; all else stays.",
        forward=forward,
        gradients={} if call.output.integer else gradients,
        settings={**along.settings_of("src"), **along.settings},
        axes=along.named("src", output=False),
        notes=(TWICE, *in_place(call)),
        indices=POINTS,
        conventions=frozenset({"src"}),
    )


def _number(call: Call, along: Scattering) -> Formula:
    option = "src" if call.options["value"] is None else "value"
    value, y = number_of(call, option), along.changed
    return Formula(
        summary=f"{value} is written into the input wherever the index tensor points to along axis "
        f"{along.place}; all else stays.",
        forward=Equation(
            y, along.indices(y), along.overwritten(_V), (along.x, along.p), (along.count,)
        ),
        gradients={} if call.output.integer else {"input": along.kept()},
        settings={**along.settings, "v": value},
        axes=along.named(output=False),
        notes=in_place(call),
        indices=POINTS,
    )


def _scatter(shape: tuple[int, ...], dim: int, *indices: int, more: int = 0) -> Example:
    """Without an index twice, since the gradient is then defined."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.rand(shape).argsort(dim)[tuple(slice(n) for n in indices)]
        x, source = torch.randn(shape), torch.randn([n + more for n in indices])
        if more:  # of such a source torch has no gradient
            x, source = (100 * x).int(), (100 * source).int()
        return torch.scatter, (x, dim, index, source), {}

    return Example(f"scatter {shape}, axis {dim}, {indices}, {more} more", run)


def _fill(value: float, shape: tuple[int, ...], dim: int, *indices: int) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.randint(shape[dim] if shape else 1, indices)
        return torch.scatter, (torch.randn(shape), dim, index, value), {}

    return Example(f"scatter {value} into {shape}, axis {dim}, {indices}", run)


examples(
    _scatter((3, 4), 0, 2, 4),
    _scatter((3, 4), 1, 3, 2),
    _scatter((3, 4), -1, 2, 1),
    _scatter((3, 4), -1, 2, 2, more=1),
    _scatter((2, 3, 4), 1, 1, 2, 3, more=2),
    _scatter((2, 3, 2, 3), 2, 2, 1, 1, 2),
    _scatter((5,), 0, 3),
    _scatter((5,), 0, 0),
    _scatter((3, 4), 0, 0, 4, more=1),
    _scatter((3, 4), 0, 2, 0),
    _fill(1.5, (3, 4), 0, 5, 4),
    _fill(0.1, (3, 4), 1, 2, 2),
    _fill(0, (2, 3, 4), -1, 2, 2, 2),
    _fill(1, (5,), 0, 0),
    _fill(2, (5,), 0),
    _fill(2, (), 0),
    Example(
        "one-hot by scatter",
        lambda: (
            torch.scatter,
            (torch.zeros(4, 3), 1, torch.randint(3, (4, 1))),
            {"value": 1.0},
        ),
    ),
    Example(
        "the last one stays",
        lambda: (
            torch.scatter,
            (torch.arange(3), 0, torch.tensor([1, 1, 0]), torch.tensor([7, 8, 9])),
            {},
        ),
    ),
    Example(
        "whole numbers",
        lambda: (torch.scatter, (torch.arange(3), 0, torch.tensor([1, 1]), 2.7), {}),
    ),
    Example(
        "truth values",
        lambda: (torch.scatter, (torch.rand(3) > 0.5, 0, torch.tensor([1, 2]), True), {}),
    ),
    Example(
        "bfloat16",
        lambda: (torch.scatter, (torch.randn(3).bfloat16(), 0, torch.tensor([1, 2]), 0.1), {}),
    ),
)

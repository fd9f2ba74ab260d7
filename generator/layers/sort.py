"""y[k] = x[p[k]], where p[k] is the index of the value of rank k: values in order."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.axes import names
from generator.layers.ordering import POINTS, STABLE, TIES, Ordering, order
from generator.layers.registry import Call, Example, Formula, Output, examples, explains

_SEARCH = ("order", "permutation", "rank", "ascending", "descending")


@explains(
    "torch.sort",
    "torch.Tensor.sort",
    arguments="input, dim=-1, descending=False, stable=False",
    title="Sort",
    search=("torch.sort", *_SEARCH),
)
def sort(call: Call) -> Formula:
    """The values along one axis in order, and where each one stood."""
    found, down, stable = _ordering(call)
    return Formula(
        summary=f"The {_count(call)} values along axis {found.place} in {order(descending=down)} "
        "order; the indices say where each one stood.",
        forward=found.values(),
        gradients=found.gradients(),
        settings=found.settings,
        axes=found.named(),
        notes=(STABLE if stable else TIES,),
        indices=POINTS,
        others=(Output("indices", found.ranked(stable=stable), names(found.out)),),
    )


@explains(
    "torch.argsort",
    "torch.Tensor.argsort",
    arguments="input, dim=-1, descending=False, stable=False",
    title="Argsort",
    search=("torch.argsort", *_SEARCH),
)
def argsort(call: Call) -> Formula:
    """The indices that sort the values along one axis."""
    found, down, stable = _ordering(call)
    return Formula(
        summary=f"The indices of the {_count(call)} values along axis {found.place} in "
        f"{order(descending=down)} order of the values.",
        forward=found.ranked(stable=stable),
        gradients={},
        settings=found.settings,
        axes=found.named(),
        notes=(STABLE if stable else TIES,),
        indices=POINTS,
    )


def _ordering(call: Call) -> tuple[Ordering, bool, bool]:
    down = bool(call.options["descending"])
    return Ordering.of(call, descending=down), down, bool(call.options["stable"])


def _count(call: Call) -> int:
    shape = call.shape()
    dim = call.options["dim"]
    return shape[dim] if shape and isinstance(dim, int) else 1


def _sort(shape: tuple[int, ...], *, ties: bool = False, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        x = torch.randint(4, shape).float() if ties else torch.randn(shape)
        return torch.sort, (x,), options

    return Example(f"sort {shape}, ties: {ties}, {options}", run)


def _argsort(*shape: int, ties: bool = False, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        x = torch.randint(4, shape) if ties else torch.randn(shape)
        return torch.argsort, (x,), options

    return Example(f"argsort {shape}, ties: {ties}, {options}", run)


examples(
    _sort((5,)),
    _sort((2, 6), descending=True),
    _sort((2, 6), dim=0),
    _sort((2, 3, 4), dim=1, descending=True),
    _sort((2, 20), ties=True),
    _sort((20, 2), ties=True, dim=0, descending=True),
    _sort((2, 20), ties=True, stable=True),
    _sort((2, 20), ties=True, stable=True, descending=True),
    _sort((60,), ties=True),
    _sort(()),
    _sort((0,)),
    _sort((2, 0)),
    _sort((3, 1)),
    Example("whole numbers", lambda: (torch.Tensor.sort, (torch.randint(9, (3, 8)),), {})),
    Example("truth values", lambda: (torch.sort, (torch.rand(8) < 0.5,), {"descending": True})),
    Example("infinities", lambda: (torch.sort, (torch.tensor([1.0, torch.inf, -torch.inf]),), {})),
    Example("bfloat16", lambda: (torch.sort, (torch.randn(12).bfloat16(),), {})),
    _argsort(5),
    _argsort(2, 6, dim=0, descending=True),
    _argsort(2, 30, ties=True),
    _argsort(2, 30, ties=True, stable=True),
    _argsort(),
)

"""y = x, but y[p, q] = v, or + v: values written or added at the coordinates of index tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from generator.layers.addressing import addresses
from generator.layers.broadcasting import in_place
from generator.layers.dtypes import refuse_unreal, spelled
from generator.layers.overwriting import Overwriting
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.setitem import written
from generator.layers.subscripts import drawn


def _drawn(
    tensors: Mapping[str, torch.Tensor], options: Mapping[str, object], output: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    return drawn(tensors, _in_tuple(options), output, "indices")


@explains(
    "torch.index_put",
    "torch.Tensor.index_put",
    "torch.Tensor.index_put_",
    arguments="input, indices, values, accumulate=False",
    title="Index put",
    search=("write at indices", "scatter", "indexed assignment", "torch.index_put"),
    draw=_drawn,
)
def index_put(call: Call) -> Formula:
    """The input with a tensor written or added at the elements that index tensors name."""
    refuse_unreal(call)
    given = call.options.get("indices")
    if not isinstance(given, list | tuple) or any(entry is None for entry in given):
        raise Refused(f"{spelled(call)}: expected a tuple of index tensors")
    call = Call(**{**vars(call), "options": _in_tuple(call.options)})
    adds = bool(call.options["accumulate"])
    writing = Overwriting(call, addresses(call, "indices", None), "values", adds=adds)
    return written(writing, in_place(call))


def _in_tuple(options: Mapping[str, object]) -> dict[str, object]:
    """The options with a list of index tensors as the tuple that it stands for."""
    given = options.get("indices")
    return {**options, "indices": tuple(given)} if isinstance(given, list) else dict(options)


def _once(rows: int, count: int) -> torch.Tensor:
    """Indices that are all different, some of them counted from the end."""
    return torch.randperm(rows)[:count] - rows * (torch.rand(count) > 0.5)


def _put(shape: tuple[int, ...], counts: tuple[int, ...], *values: int) -> Example:
    """With an index tensor of so many different indices for each of the first axes."""
    return Example(
        f"index_put {shape}, {counts} = {values}",
        lambda: (
            torch.index_put,
            (
                torch.randn(shape),
                tuple(_once(n, k) for n, k in zip(shape, counts, strict=False)),
                torch.randn(values),
            ),
            {},
        ),
    )


def _add(shape: tuple[int, ...], places: tuple[tuple[int, ...], ...], *values: int) -> Example:
    """With an index tensor of each shape, whose indices may occur several times."""
    return Example(
        f"index_put {shape}, {places} += {values}",
        lambda: (
            torch.index_put,
            (
                torch.randn(shape),
                tuple(torch.randint(-n, n, p) for n, p in zip(shape, places, strict=False)),
                torch.randn(values),
            ),
            {"accumulate": True},
        ),
    )


def _masked(shape: tuple[int, ...], *values: int, adds: bool = False) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        mask = torch.arange(shape[0] * shape[1]).reshape(shape[:2]) % 3 == 0
        return (
            torch.index_put,
            (torch.randn(shape), [mask], torch.randn(values)),
            {"accumulate": adds},
        )

    return Example(f"index_put {shape}, mask, {values}, adds: {adds}", run)


examples(
    _put((5, 3), (2,), 2, 3),
    _put((5, 3), (4,), 3),
    _put((5, 3), (4,), 4, 1),
    _put((5, 3), (4,)),
    _put((5, 3), (3, 3), 3),
    _put((5, 3), (3, 3), 1),
    _put((5, 3, 2), (3, 1), 3, 2),
    _put((5,), (0,), 0),
    _put((5,), (0,)),
    _put((2, 3, 4, 5), (2,), 2, 1, 4, 1),
    _add((5, 3), ((9,),), 9, 3),
    _add((5, 3), ((9,),)),
    _add((5, 3), ((9,), (9,)), 9),
    _add((5, 3), ((9,), (9,)), 1),
    _add((5, 3), ((4, 1), (2,)), 4, 2),
    _add((5, 3), ((4, 1), (2,)), 2),
    _add((5, 3), ((2, 2, 2),), 3),
    _add((5, 3), ((0,),), 0, 3),
    _add((3,), ((100,),), 100),
    _add((5, 3), ((),), 3),
    _masked((3, 4), 4),
    _masked((3, 4)),
    _masked((3, 4, 2), 4, 2),
    _masked((3, 4, 2), 4, 1),
    _masked((3, 4, 2), 2),
    _masked((3, 4), 4, adds=True),
    _masked((3, 4, 2), 2, adds=True),
    Example(
        "the last one stays",
        lambda: (
            torch.index_put,
            (torch.arange(3), (torch.tensor([1, 1, 0]),), torch.tensor([7, 8, 9])),
            {},
        ),
    ),
    Example(
        "small ones onto a large one",
        lambda: (
            torch.index_put,
            (torch.full((2,), 1e6), (torch.randint(2, (300,)),), torch.rand(300)),
            {"accumulate": True},
        ),
    ),
    Example(
        "bfloat16",
        lambda: (
            torch.index_put,
            (torch.randn(3).bfloat16(), (torch.randint(3, (20,)),), torch.randn(20).bfloat16()),
            {"accumulate": True},
        ),
    ),
)

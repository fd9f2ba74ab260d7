"""y = the sum, product, mean, maximum or minimum of x and of all s that indices send to it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Num
from generator.layers.along import POINTS
from generator.layers.broadcasting import in_place
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.scattered_extremes import extreme
from generator.layers.scattered_products import product_
from generator.layers.scattered_sums import mean, sum_
from generator.layers.scattering import Scattering
from generator.layers.whole_numbers import wrapped

_KINDS = {
    "sum": ("sum", sum_),
    "mean": ("mean", mean),
    "prod": ("product", product_),
    "amax": ("largest", extreme),
    "amin": ("smallest", extreme),
}
_WITHOUT = Note(
    "The input counts only where nothing arrives",
    "`include_self=False` leaves the input's value out wherever an index points; elsewhere it "
    "stays as it is.",
)


@explains(
    "torch.scatter_reduce",
    "torch.Tensor.scatter_reduce",
    "torch.Tensor.scatter_reduce_",
    arguments="input, dim, index, src, reduce, include_self=True",
    title="Scatter reduce",
    search=("segment max", "segment mean", "aggregation", "torch.scatter_reduce"),
)
def scatter_reduce(call: Call) -> Formula:
    """Values of a tensor reduced into the input along the axis `dim`."""
    reduce, with_self = call.options["reduce"], bool(call.options["include_self"])
    if not isinstance(reduce, str) or reduce not in _KINDS:
        raise Refused(f"{spelled(call)}(reduce={reduce!r}): this reduction is not explained")
    along = Scattering.of(call, line=False)
    name, make = _KINDS[reduce]
    if reduce == "mean" and call.output.integer:
        raise Refused(f"{spelled(call)}: a mean of whole numbers is not explained")
    found, held = make(along), wrapped(call, Num(0))
    own = "the input's own value and " if with_self else ""
    return Formula(
        summary=f"Each output is the {name} of {own}the source's values whose index along axis "
        f"{along.place} points to it.",
        forward=found.forward,
        gradients={} if call.output.integer else found.gradients,
        settings={**along.settings_of("src"), **along.settings, **held.settings},
        axes=along.named("src", output=False),
        notes=(*(() if with_self else (_WITHOUT,)), *found.notes, *held.notes, *in_place(call)),
        indices={**POINTS, "l": "another place in the indices"},
    )


def _reduce(
    shape: tuple[int, ...], dim: int, reduce: str, *indices: int, ties: bool = False, **more: object
) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        index = torch.randint(shape[dim] if shape else 1, indices)
        x, source = torch.randn(shape), torch.randn(indices)
        if ties:
            x, source = torch.randint(3, shape).float(), torch.randint(3, indices).float()
        return torch.scatter_reduce, (x, dim, index, source, reduce), more

    return Example(f"{reduce} {shape}, axis {dim}, {indices}, ties: {ties}, {more}", run)


examples(
    *(_reduce((3, 4), 0, kind, 5, 4) for kind in _KINDS),
    *(_reduce((3, 4), 1, kind, 2, 7, include_self=False) for kind in _KINDS),
    *(_reduce((2, 3, 4), 1, kind, 1, 6, 3) for kind in _KINDS),
    *(_reduce((6,), 0, kind, 40) for kind in _KINDS),
    *(_reduce((6,), 0, kind, 40, include_self=False) for kind in _KINDS),
    *(_reduce((4,), 0, kind, 0) for kind in _KINDS),
    *(_reduce((4,), 0, kind, 0, include_self=False) for kind in _KINDS),
    *(_reduce((3, 4), 0, kind, 9, 3, ties=True) for kind in ("amax", "amin")),
    *(_reduce((6,), 0, kind, 5, ties=True) for kind in ("sum", "prod", "mean")),
    *(_reduce((), 0, kind, 3) for kind in _KINDS),
    *(_reduce((), 0, kind) for kind in _KINDS),
    Example(
        "largest of whole numbers",
        lambda: (
            torch.scatter_reduce,
            (torch.arange(4), 0, torch.randint(4, (9,)), torch.randint(9, (9,)), "amax"),
            {},
        ),
    ),
    Example(
        "product of whole numbers",
        lambda: (
            torch.scatter_reduce,
            (torch.arange(4), 0, torch.randint(4, (5,)), torch.randint(9, (5,)), "prod"),
            {},
        ),
    ),
)

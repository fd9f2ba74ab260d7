r"""y[n, c, h, w] = the largest x[n, c, u, v] over ⌊hH/H'⌋ ≤ u < ⌈(h+1)H/H'⌉, and v likewise."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import argmax, bracket, equal, every, largest, total, within
from generator.formula.tree import Equation, Expr, Stage, Tensor, add, mul
from generator.layers.adaptive_windows import Adaptive, adaptive, notes, summary
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains
from generator.layers.tensors import gradient_of, upstream

_TIES = Note(
    "Ties go to the first",
    "Where several cells of a window are equal, torch takes the first in row-major order: "
    "that one gets the whole gradient of the window, and the others nothing.",
)


def adaptive_max_pool(call: Call) -> Formula:
    """The largest values of a given number of windows, over one to three spatial axes."""
    found = adaptive(call)
    layout, integer = found.layout, call.tensors["input"].integer
    x = Tensor(
        "input",
        "x",
        layout.lengths,
        "input of the layer",
        integer=integer,
        label="Input Receptive Field",
    )
    y = Tensor("output", "y", layout.counts, "output of the layer", "result", integer=integer)
    indexed = len(call.outputs) == 2
    which = ", with where it stands in its channel" if indexed else ""
    body = largest((s.span for s in found.shares), x[layout.source])
    return Formula(
        summary=f"{summary('the largest value', found.lengths, found.counts)}{which}.",
        forward=Equation(y, layout.window, body, (x,)),
        gradients={} if integer else {"input": _gradient(found, x, y)},
        settings=found.settings(call),
        axes={"input": layout.names, "output": layout.names},
        notes=(_TIES, *notes(found.lengths, found.counts)),
        result="max value",
        indices=layout.indices,
        others=(Output("indices", _places(found, x), layout.names),) if indexed else (),
    )


for _rank in (1, 2, 3):
    _name = f"torch.nn.functional.adaptive_max_pool{_rank}d"
    for _types, _indices in (
        ((f"torch.nn.AdaptiveMaxPool{_rank}d", _name), False),
        # what F.adaptive_max_pool2d(return_indices=True) calls
        ((f"{_name}_with_indices", f"torch.adaptive_max_pool{_rank}d"), True),
    ):
        explains(
            *_types,
            arguments=f"input, output_size, return_indices={_indices}",
            title=f"Adaptive max pooling, {_rank}d",
            search=(
                "global max pooling",
                f"nn.AdaptiveMaxPool{_rank}d",
                f"F.adaptive_max_pool{_rank}d",
            ),
        )(adaptive_max_pool)


def _maximum(found: Adaptive, x: Tensor) -> Expr:
    """Where the maximum of the window at hand is in its channel: windows differ in their width."""
    spans = [s.axis.source.over(s.axis.length) for s in found.shares]
    inside = every(*(within(s.axis.source, s.last + 1, s.first) for s in found.shares))
    return argmax(spans, x[found.layout.source], inside)


def _gradient(found: Adaptive, x: Tensor, y: Tensor) -> Equation:
    """What the windows that have their maximum at an element send back to it."""
    g, layout = upstream(y), found.layout
    meaning = "where the maximum is in its channel, counted row by row from 0"
    position = Tensor(
        "position",
        "m",
        y.sizes,
        meaning,
        "stage",
        integer=True,
        label="Position of the Maximum",
    )
    axes = layout.axes
    flat = add(*(mul(*(a.length for a in axes[k + 1 :]), b.source) for k, b in enumerate(axes)))
    here = bracket(equal(position[layout.window], flat))
    return Equation(
        gradient_of(x),
        layout.source,
        total((s.covering for s in found.shares), g[layout.window] * here),
        (g, x),
        (Stage(position, layout.window, _maximum(found, x)),),
    )


def _places(found: Adaptive, x: Tensor) -> Equation:
    meaning = "where the maximum is in its channel, counted row by row from 0"
    sizes = found.layout.counts
    indices = Tensor("output_1", "p", sizes, meaning, "result", integer=True, label="Indices")
    return Equation(indices, found.layout.window, _maximum(found, x), (x,))


def _example(
    name: str,
    layer: Callable[..., object],
    *shape: int,
    make: Callable[..., torch.Tensor] = torch.randn,
) -> Example:
    return Example(name, lambda: (layer, (make(shape),), {}))


def _tied(shape: tuple[int, ...]) -> torch.Tensor:
    """Few different values, so that most windows have several maxima."""
    return torch.randint(0, 2, shape).float()


examples(
    _example("global", nn.AdaptiveMaxPool2d(1), 2, 3, 5, 6),
    _example("equal windows", nn.AdaptiveMaxPool2d(2), 2, 3, 4, 6),
    _example("unequal windows", nn.AdaptiveMaxPool2d(3), 2, 3, 7, 8),
    _example("unequal windows, ties", nn.AdaptiveMaxPool2d(3), 2, 3, 7, 8, make=_tied),
    _example("larger than the input", nn.AdaptiveMaxPool2d(5), 1, 2, 3, 2),
    _example("None keeps the height", nn.AdaptiveMaxPool2d((None, 2)), 1, 2, 3, 6),
    _example("unbatched", nn.AdaptiveMaxPool2d((2, 3)), 3, 5, 7),
    _example("with indices", nn.AdaptiveMaxPool2d((2, 3), return_indices=True), 2, 2, 5, 7),
    _example(
        "with indices, ties", nn.AdaptiveMaxPool2d(3, return_indices=True), 2, 2, 7, 7, make=_tied
    ),
    _example("1d", nn.AdaptiveMaxPool1d(3), 2, 3, 8),
    _example("1d, global, unbatched", nn.AdaptiveMaxPool1d(1), 3, 9),
    _example("1d, with indices", nn.AdaptiveMaxPool1d(3, return_indices=True), 2, 3, 8),
    _example("3d", nn.AdaptiveMaxPool3d((2, 3, 2)), 1, 2, 5, 4, 3),
    _example("3d, with indices", nn.AdaptiveMaxPool3d(2, return_indices=True), 1, 2, 3, 4, 3),
    Example(
        "F.adaptive_max_pool2d", lambda: (F.adaptive_max_pool2d, (torch.randn(2, 3, 6, 6), 2), {})
    ),
    Example(
        "torch.adaptive_max_pool1d",
        lambda: (torch.adaptive_max_pool1d, (torch.randn(2, 3, 7), 2), {}),
    ),
)

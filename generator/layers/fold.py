"""y[n, c, u, v] = Σᵢⱼ x[n, m, l] over the windows that have the position u, v: columns as patches.

m counts the channel c and the cell i, j of the window, l the windows row by row (col2im).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Tensor
from generator.layers.patches import patches
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream

_ADDED = Note(
    "Overlaps are added",
    "Where windows overlap, their values are added, not averaged: `fold` after `unfold` gives each "
    "value as many times over as windows have it.",
)


@explains(
    "torch.nn.Fold",
    "torch.nn.functional.fold",
    arguments="input, output_size, kernel_size, dilation=1, padding=0, stride=1",
    title="Fold",
    search=("col2im", "patches", "overlap-add", "movement of data"),
)
def fold(call: Call) -> Formula:
    """The gradient of a column's element is that of its position: what unfold reads."""
    found = patches(call, call.output, call.tensors["input"])
    integer = call.output.integer
    x = Tensor(
        "input", "x", found.column_sizes, "input of the layer", integer=integer, label="Input"
    )
    y = Tensor(
        "output", "y", found.image_sizes, "output of the layer", "result", integer=integer,
        label="Output",
    )  # fmt: skip
    g = found.outside(upstream(y))
    body = total([a.offset.over(a.extent) for a in found.axes], found.of_columns(x), found.covered)
    return Formula(
        summary=f"Each column is a window with all channels, and is added to the image in its "
        f"place: {found.text}.",
        forward=Equation(y, found.image_at, body, (x,)),
        gradients={}
        if integer
        else {"input": Equation(gradient_of(x), found.column_at, found.of_image(g), (g,))},
        settings=found.settings,
        axes={"input": found.column_names, "output": found.image_names},
        notes=(_ADDED,) if found.overlap else (),
        indices=found.indices,
    )


examples(
    Example("F.fold", lambda: (F.fold, (torch.randn(2, 12, 12), (4, 5), 2), {})),
    Example(
        "all options",
        lambda: (
            F.fold,
            (torch.randn(2, 12, 9), (6, 5), (3, 2)),
            {"padding": (1, 0), "stride": (2, 1), "dilation": (1, 2)},
        ),
    ),
    Example("nn.Fold", lambda: (nn.Fold((4, 4), 2, stride=2), (torch.randn(1, 8, 4),), {})),
    Example("unbatched", lambda: (nn.Fold(3, 2, padding=1), (torch.randn(4, 16),), {})),
    Example("float16", lambda: (F.fold, (torch.randn(1, 9, 16).half(), 4, 3), {"padding": 1})),
)

"""y[n, m, l] = x[n, c, s h - p + d i, s w - p + d j]: each window of an image as a column.

m counts the channel c and the cell i, j of the window, l the windows h, w row by row (im2col).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import total
from generator.formula.tree import Equation, Tensor, mul
from generator.layers.movement import SUMMED
from generator.layers.patches import patches
from generator.layers.registry import Call, Example, Formula, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.nn.Unfold",
    "torch.nn.functional.unfold",
    arguments="input, kernel_size, dilation=1, padding=0, stride=1",
    title="Unfold",
    search=("im2col", "patches", "sliding windows", "movement of data"),
)
def unfold(call: Call) -> Formula:
    """The gradient of a position is the sum over the windows that have it: what fold computes."""
    found = patches(call, call.tensors["input"], call.output)
    integer = call.output.integer
    x = Tensor(
        "input", "x", found.image_sizes, "input of the layer", integer=integer, label="Input"
    )
    y = Tensor(
        "output", "y", found.column_sizes, "output of the layer", "result", integer=integer,
        label="Output",
    )  # fmt: skip
    g = upstream(y)
    image = found.outside(x)
    back = total([a.offset.over(a.extent) for a in found.axes], found.of_columns(g), found.covered)
    return Formula(
        summary=f"Each of the {found.text}, becomes a column with all channels.",
        forward=Equation(y, found.column_at, found.of_image(image), (image,)),
        gradients={}
        if integer
        else {"input": Equation(gradient_of(x), found.image_at, back, (g,))},
        settings=found.settings,
        axes={"input": found.image_names, "output": found.column_names},
        sizes=(
            Size("channel and cell", "M", found.column_sizes[-2]),
            Size("window", "L", mul(*(a.windows() for a in found.axes))),
        ),
        notes=(SUMMED,) if found.overlap else (),
        indices=found.indices,
    )


examples(
    Example("F.unfold", lambda: (F.unfold, (torch.randn(2, 3, 4, 5), 2), {})),
    Example(
        "all options",
        lambda: (
            F.unfold,
            (torch.randn(2, 2, 6, 5), (3, 2)),
            {"padding": (1, 0), "stride": (2, 1), "dilation": (1, 2)},
        ),
    ),
    Example("nn.Unfold", lambda: (nn.Unfold(2, stride=2), (torch.randn(1, 2, 4, 4),), {})),
    Example("unbatched", lambda: (nn.Unfold((2, 3), padding=1), (torch.randn(2, 3, 4),), {})),
    Example("one pixel", lambda: (F.unfold, (torch.randn(1, 2, 2, 3), 1), {})),
    Example("float16", lambda: (F.unfold, (torch.randn(1, 1, 4, 4).half(), 3), {"padding": 1})),
)

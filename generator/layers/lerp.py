"""y = x + λ (z - x): between two operands, as far as the weight says."""

from __future__ import annotations

import torch

from generator.layers.broadcasting import Words, broadcast
from generator.layers.registry import Call, Example, Formula, examples, explains

_WORDS = {
    "input": Words("x", "Input", "start", said="the input"),
    "end": Words("z", "End", "end"),
    "weight": Words(r"\lambda", "Weight", "weight", r"\lambda"),
}


@explains(
    "torch.lerp",
    "torch.Tensor.lerp",
    "torch.Tensor.lerp_",
    arguments="input, end, weight",
    title="Linear interpolation",
    search=("blend", "mix", "moving average", "torch.lerp"),
)
def lerp(call: Call) -> Formula:
    """The start at weight 0, the end at weight 1."""
    every = broadcast(call, _WORDS)
    x, z, w, g = every["input"], every["end"], every["weight"], every.g
    return Formula(
        summary=f"Each element goes from {every.says('input')} towards {every.says('end')} by the "
        f"share {every.says('weight')}.",
        # from a weight of 1/2 on torch starts at the end, which rounds less than this does
        forward=every.forward(x + w * (z - x)),
        gradients=every.gradients({"input": g * (1 - w), "end": g * w, "weight": g * (z - x)}),
        settings=every.settings,
        axes=every.named,
        notes=every.notes(),
    )


def _lerp(weight: float, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{weight} between {shapes}",
        lambda: (torch.lerp, (*(torch.randn(s) for s in shapes), weight), {}),
    )


def _tensors(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{shapes} of {dtype}",
        lambda: (torch.lerp, tuple(torch.randn(s).to(dtype) for s in shapes), {}),
    )


examples(
    _lerp(0.3, (2, 3), (2, 3)),
    _lerp(0.9, (2, 3), (3,)),
    _lerp(-1.5, (), ()),
    _lerp(1, (0, 2), (2,)),
    _lerp(0, (40, 30), (30,)),
    _tensors((2, 3), (2, 3), (2, 3)),
    _tensors((2, 3, 4), (4,), (3, 1)),
    _tensors((2, 3), (2, 3), ()),
    _tensors((2, 3), (2, 3), (3,), dtype=torch.float64),
    _tensors((2, 3), (2, 3), (3,), dtype=torch.float16),
)

"""Examples of functions of two operands: shapes that are repeated along each other, and types."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.registry import Example

_SHAPES = (
    ((2, 3), (2, 3)),
    ((2, 3, 4), (3, 1)),
    ((), (2, 3)),
    ((), ()),
    ((0, 3), (3,)),
    ((40, 30), (30,)),
)


def pairs_of(
    function: Callable[..., object],
    draw: Callable[[tuple[int, ...]], torch.Tensor] = torch.randn,
    dtypes: tuple[torch.dtype, ...] = (torch.float64, torch.bfloat16),
) -> tuple[Example, ...]:
    """Operands of numbers that `draw` gives for a shape, in float32 and in these types."""

    def of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
        return Example(
            f"{function.__name__} {shapes} of {dtype}",
            lambda: (function, tuple(draw(s).to(dtype) for s in shapes), {}),
        )

    return (*(of(*s) for s in _SHAPES), *(of((4, 5), (5,), dtype=d) for d in dtypes))


def comparable_pairs_of(function: Callable[..., object]) -> tuple[Example, ...]:
    """The same of a few numbers only, so that some are equal, and of whole ones."""
    types = (torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.uint8)
    return pairs_of(function, lambda shape: 0.5 * torch.randint(1, 6, shape), types)

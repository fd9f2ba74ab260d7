"""Examples of a function of each element: shapes, types, and the numbers where it is remarkable."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from generator.layers.registry import Example

_SHAPES = ((2, 3), (), (2, 1, 2, 3, 2), (0, 3), (30, 40))
_HALVES = (torch.float16, torch.bfloat16, torch.float64)
_WHOLE = (torch.int64, torch.uint8, torch.bool)


def each(
    function: Callable[..., object],
    *values: float,
    low: float = -3.0,
    high: float = 3.0,
    whole: tuple[torch.dtype, ...] = _WHOLE,
) -> tuple[Example, ...]:
    """Examples with numbers between low and high, with the given ones, and with whole numbers."""
    name = function.__name__

    def drawn(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        return (low + (high - low) * torch.rand(shape)).to(dtype)

    def of(
        make: Callable[[], torch.Tensor],
    ) -> Callable[[], tuple[Callable[..., object], tuple[object, ...], dict[str, object]]]:
        return lambda: (function, (make(),), {})

    def counted(dtype: torch.dtype) -> torch.Tensor:
        first = math.ceil(low) if dtype.is_signed else max(0, math.ceil(low))
        return torch.arange(first, math.floor(high) + 1).to(dtype)

    shaped = [
        Example(f"{name} {shape}", of(lambda shape=shape: drawn(shape, torch.float32)))  # type: ignore[misc]
        for shape in _SHAPES
    ]
    typed = [
        Example(f"{name} of {dtype}", of(lambda dtype=dtype: drawn((3, 5), dtype)))  # type: ignore[misc]
        for dtype in _HALVES
    ]
    counting = [
        Example(f"{name} of {dtype}", of(lambda dtype=dtype: counted(dtype)))  # type: ignore[misc]
        for dtype in whole
    ]
    chosen = [Example(f"{name} of {list(values)}", of(lambda: torch.tensor(values)))]
    return (*shaped, *typed, *counting, *(chosen if values else ()))

"""Examples of normalisation layers: with parameters and statistics that are neither 0 nor 1."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from generator.layers.registry import Example


def normalising(
    name: str,
    make: Callable[[], nn.Module],
    shape: tuple[int, ...],
    *,
    mean: float = 0.0,
    spread: float = 1.0,
    dtype: torch.dtype = torch.float32,
    evaluation: bool = False,
) -> Example:
    """The layer on random numbers of a shape; what it holds lies between ½ and 1½."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        module = make().to(dtype)
        with torch.no_grad():
            for held in (*module.parameters(), *module.buffers()):
                if held.is_floating_point():
                    held.uniform_(0.5, 1.5)
        x = (mean + spread * torch.randn(shape)).to(dtype)
        return module.train(not evaluation), (x,), {}

    values = f", values {mean:g} ± {spread:g}" if (mean, spread) != (0.0, 1.0) else ""
    mode = ", evaluation" if evaluation else ""
    return Example(f"{name}, {shape}{mode}{values}, {dtype}", run)

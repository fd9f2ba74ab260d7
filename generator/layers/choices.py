"""What the comparing and choosing functions of two operands share: numbers, types, and examples."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Expr
from generator.layers.dtypes import conversions, converted, promoted
from generator.layers.pairs import Pair, number, pair
from generator.layers.registry import Argument, Call, Example, Note


def compared(call: Call) -> tuple[Pair, Expr, Expr]:
    """The two operands as torch compares them: both converted to their common type."""
    common = promoted(*(_operand(call, name) for name in ("input", "other")))
    both = pair(call, dtype=common)
    rounded = conversions(call.tensors, common)
    return both, converted(both.x, rounded), converted(both.z, rounded)


def rounded_first(call: Call) -> tuple[Note, ...]:
    """That an operand is rounded before it is compared, where it may be."""
    common = promoted(*(_operand(call, name) for name in ("input", "other")))
    if not conversions(call.tensors, common):
        return ()
    return (
        Note(
            f"Compared as {common}",
            f"Both sides are converted to {common} first; what it cannot hold is rounded, so "
            "numbers that differ may count as equal.",
        ),
    )


def _operand(call: Call, name: str) -> Argument | float:
    return call.tensors[name] if name in call.tensors else number(call, name)


def pairs_of(function: Callable[..., object], *, whole: bool = True) -> tuple[Example, ...]:
    """Examples with two operands of every kind: broadcast, equal in places, whole, a number."""

    def of(
        *shapes: tuple[int, ...], dtype: torch.dtype = torch.float32
    ) -> Callable[[], tuple[Callable[..., object], tuple[object, ...], dict[str, object]]]:
        # a few values only, so that some are equal
        return lambda: (
            function,
            tuple((0.5 * torch.randint(1, 6, s)).to(dtype) for s in shapes),
            {},
        )

    name = function.__name__
    shapes = (((2, 3), (2, 3)), ((2, 3, 4), (3, 1)), ((), (2, 3)), ((), ()), ((0, 3), (1, 3)))
    dtypes = (torch.float16, torch.bfloat16, torch.float64)
    dtypes = (*dtypes, *((torch.int64, torch.uint8) if whole else ()))
    return (
        *(Example(f"{name} {pair_of}", of(*pair_of)) for pair_of in shapes),
        *(Example(f"{name} of {d}", of((4, 5), (5,), dtype=d)) for d in dtypes),
    )

"""What the comparing and choosing functions of two operands share: numbers, and types."""

from __future__ import annotations

from generator.formula.tree import Expr
from generator.layers.dtypes import conversions, converted, promoted
from generator.layers.pairs import Pair, number, pair
from generator.layers.registry import Argument, Call, Note


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

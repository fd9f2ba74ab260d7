"""Label smoothing: each class is wanted a little (Szegedy et al., 2016)."""

from __future__ import annotations

from generator.formula.tree import Expr, Sym, When

EPSILON = Sym("smoothing", r"\varepsilon", "label smoothing", integer=False)


def smoothed(value: Expr, others: Expr | None, classes: Expr) -> Expr:
    """(1 - ε) value + ε/C others, with `others` 1 where it is None; without smoothing, the value.

    Its settings are the number `smoothing` and the flag `smoothed`.
    """
    spread = EPSILON / classes
    spread = spread if others is None else spread * others
    return When("smoothed", 1 - EPSILON) * value + When("smoothed", spread)

"""Where the steps of sequences lie in packed data: all samples' step 0, then all samples' step 1.

Row β_t + n is step t of sample n, which has that step where n < B_t. B is torch's `batch_sizes`,
how many samples have a step, and β_t is the sum of those before B_t.
"""

from __future__ import annotations

from generator.formula.build import bracket, total
from generator.formula.tree import Expr, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Refused

STEP = Axis("time step", Var("t"), Sym("T", "T", "number of time steps"))
SAMPLE = Axis("batch", Var("n"), Sym("N", "N", "batch size"))
ROW = Axis("row of the data", Var("p"), Sym("R", "R", "number of rows of packed data"))
LONGEST = Sym("S", "S", "length of the longest sequence")
_BEFORE = Var("v")


def first_rows(sizes: Tensor, step: Var) -> Stage:
    """β_t: the first row of each step."""
    starts = _counted("start", r"\beta", sizes.sizes[0], "first row of the step in the data")
    return Stage(starts, (step,), total(_BEFORE.over(step), sizes[_BEFORE]))


def steps_of_rows(sizes: Tensor, starts: Stage, row: Var, rows: Expr) -> Stage:
    """τ_p: the time step of each row, which is how many steps end at or before it."""
    step = _counted("step", r"\tau", rows, "time step of the row")
    ended = bracket(starts.tensor[_BEFORE] + sizes[_BEFORE] <= row)
    return Stage(step, (row,), total(_BEFORE.over(sizes.sizes[0]), ended))


def features(rank: int) -> tuple[Axis, ...]:
    """The axes of one step of one sample."""
    if rank == 1:
        return (Axis("feature", Var("m"), Sym("M", "M", "number of features")),)
    return tuple(
        Axis(f"feature axis {k}", Var(f"m_{k}"), Sym(f"M_{k}", f"M_{k}", f"length of its axis {k}"))
        for k in range(rank)
    )


def padded(call: Call, rank: int) -> tuple[Axis, ...]:
    """The axes of padded sequences, with time or samples first."""
    first = call.options["batch_first"]
    if not isinstance(first, bool):
        raise Refused(f"{spelled(call)}(batch_first={first!r}) is not explained")
    return (*((SAMPLE, STEP) if first else (STEP, SAMPLE)), *features(rank - 2))


def _counted(name: str, latex: str, length: Expr, meaning: str) -> Tensor:
    return Tensor(name, latex, (length,), meaning, "stage", integer=True)

"""y[n, c] = x[n, (c - s) mod C]: values shifted along an axis; what falls out comes in again."""

from __future__ import annotations

import torch

from generator.formula.tree import Expr, Sym
from generator.layers.axes import Axis
from generator.layers.dims import dims, indices_at, position, wholes
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.windows import counted


@explains(
    "torch.roll",
    "torch.Tensor.roll",
    arguments="input, shifts, dims=None",
    title="Roll",
    search=("cyclic shift", "shifted windows", "movement of data"),
)
def roll(call: Call) -> Formula:
    """A shift for each axis that is given; without axes, of the values in row-major order."""
    shifts = wholes(call, "shifts")
    rank = len(call.shape())
    axes = dims(rank)
    moved = Movement(call, axes, axes)
    wanted = None if call.options["dims"] in (None, (), []) else wholes(call, "dims")
    if wanted is None:
        if len(shifts) != 1:
            raise Refused(f"{spelled(call)}(shifts={shifts!r}) without axes is not explained")
        return _flat(moved, shifts[0])
    amounts = [0] * rank
    for axis, shift in zip((d % max(rank, 1) for d in wanted), shifts, strict=True):
        if rank:
            amounts[axis] += shift
    named = {d % rank for d in wanted} if rank else set()
    symbols = {k: _shift(k, a) for k, a in enumerate(axes) if k in named}

    def read(sign: int) -> tuple[Expr, ...]:
        return tuple(
            (a.at - symbols[k] if sign < 0 else a.at + symbols[k]) % a.length
            if k in symbols
            else a.at
            for k, a in enumerate(axes)
        )

    return moved.formula(
        _summary({k: amounts[k] for k in sorted(named)}),
        moved.x[read(-1)],
        moved.g[read(1)],
        settings={s.name: amounts[k] for k, s in symbols.items()},
    )


def _flat(moved: Movement, shift: int) -> Formula:
    axes = moved.before
    amount = Sym("s", "s", "shift in positions")
    count = Sym("M", "M", "number of elements")
    place = position(axes)
    elements = 1
    for length in moved.call.shape():
        elements *= length
    return moved.formula(
        f"The values, counted row by row, are shifted by {counted(shift, 'position')}; what falls "
        "out at one end comes in at the other.",
        moved.x[indices_at(axes, (place - amount) % count)],
        moved.g[indices_at(axes, (place + amount) % count)],
        settings={"s": shift, "M": elements},
    )


def _shift(k: int, axis: Axis) -> Sym:
    return Sym(f"s_{k}", f"s_{{{k}}}", f"shift along {axis.name}")


def _summary(amounts: dict[int, int]) -> str:
    if not amounts:
        return "Nothing is shifted; every value stays where it is."
    listed = [f"by {shift} along axis {k}" for k, shift in amounts.items()]
    text = " and ".join(listed)
    return f"The values are shifted {text}; what falls out at one end comes in at the other."


def _roll(shape: tuple[int, ...], *args: object) -> Example:
    return Example(f"roll {shape}, {args}", lambda: (torch.roll, (torch.randn(shape), *args), {}))


examples(
    _roll((5,), 2),
    _roll((5,), -7),
    _roll((2, 3), 1),
    _roll((2, 3), 1, 1),
    _roll((2, 4, 4, 3), (-2, -2), (1, 2)),
    _roll((2, 3), (1, 4), (0, 0)),
    _roll((2, 3), 0, -1),
    _roll((), 3),
    _roll((0, 2), 1, 0),
    _roll((2, 2, 1, 2, 2), 1, 4),
    Example(
        "Tensor.roll", lambda: (torch.Tensor.roll, (torch.randn(4),), {"shifts": 1, "dims": 0})
    ),
    Example("whole numbers", lambda: (torch.roll, (torch.arange(5), 2, 0), {})),
    Example("truth values", lambda: (torch.roll, (torch.arange(5) > 1, 2, 0), {})),
)

"""y[n, c, h, w] = x[n, c, ⌊h H/H'⌋, ⌊w W/W'⌋]: each position of the output shows one of the input.

With "nearest-exact" it is the one in whose cell the centre lies: ⌊(h + 1/2) H/H'⌋.
"""

from __future__ import annotations

import torch

from generator.formula.build import ceil_div, larger, smaller, total
from generator.formula.tree import Expr, Range
from generator.layers.axes import at
from generator.layers.dtypes import spelled
from generator.layers.movement import SUMMED, UNREAD
from generator.layers.registry import Call, Formula, Note, Refused
from generator.layers.resampling import Resampled, Resampling, resampling, rounded_positions
from generator.layers.windows import sizes_text

_CORNER = Note(
    "Not the nearest, strictly",
    "The mode `nearest` rounds positions down, as OpenCV does, so that the image is shifted by up "
    "to half a cell; `nearest-exact` reads the cell in which the centre lies.",
)


def nearest(call: Call, *, exact: bool) -> Formula:
    """Positions rounded down, or those of the centres."""
    found = resampling(call, aligned=False)
    for axis in found.spatial:
        _refuse_rounding(call, axis, exact=exact)
    moved = found.moved
    lead = at(found.leading)
    back = moved.g[(*lead, *(s.other for s in found.spatial))]
    shape = sizes_text(call.shape()[2:])
    return moved.formula(
        f"The {shape} positions become {sizes_text(call.output.shape[2:])}; each shows the value "
        f"of {'the cell of the input in which its centre lies' if exact else 'one of the input'}.",
        moved.x[(*lead, *(_source(s, exact=exact) for s in found.spatial))],
        total([_shown(s, exact=exact) for s in found.spatial], back),
        settings=found.settings,
        notes=_notes(found, exact=exact),
        indices={
            s.other.name: f"position of the output along {s.axis.name}" for s in found.spatial
        },
    )


def _source(axis: Resampled, *, exact: bool) -> Expr:
    """⌊h a/b⌋ or ⌊(2h + 1) a / 2b⌋."""
    if exact:
        return (2 * axis.axis.at + 1) * axis.a // (2 * axis.b)
    return axis.axis.at * axis.a // axis.b


def _shown(axis: Resampled, *, exact: bool) -> Range:
    """The positions h' of the output that show a position u of the input."""
    u = axis.axis.at

    def first(position: Expr) -> Expr:
        """The first position of the output that lies there or behind."""
        if exact:
            return ceil_div(2 * position * axis.b - axis.a, 2 * axis.a)
        return ceil_div(position * axis.b, axis.a)

    start = larger(0, first(u)) if exact else first(u)
    return axis.other.over(smaller(first(u + 1), axis.new.length), start)


def _refuse_rounding(call: Call, axis: Resampled, *, exact: bool) -> None:
    """Refused where the rounding of a scale leads torch to another position than the fraction."""
    if not exact and axis.count == 2 * axis.length and axis.ratio.denominator != 2:
        # on the way back torch takes a shortcut for twice the length
        doubled = f"{axis.length} positions become exactly twice as many"
        raise Refused(f"{spelled(call)}: {doubled} though the scale factor is not 2, not explained")
    places = torch.arange(axis.count)
    a, b = axis.ratio.numerator, axis.ratio.denominator
    expected = ((2 * places + 1) * a).div(2 * b, rounding_mode="floor")
    if not exact:
        expected = (places * a).div(b, rounding_mode="floor")
    for dtype in (torch.float32, torch.float64):
        found = rounded_positions(axis, 0.5 if exact else 0.0, dtype)
        if not torch.equal(found, expected):
            k = int((found != expected).to(torch.int8).argmax())
            raise Refused(
                f"{spelled(call)}: at position {k} along {axis.axis.name} the rounding of the "
                f"scale decides between positions {int(expected[k])} and {int(found[k])} of the "
                "input; this is not explained"
            )


def _notes(found: Resampling, *, exact: bool) -> tuple[Note, ...]:
    grown = any(s.count > s.length for s in found.spatial)
    shrunk = any(s.count < s.length for s in found.spatial)
    whole = all(s.ratio.numerator == 1 for s in found.spatial)
    return (
        *((_CORNER,) if not exact and not whole else ()),
        *((SUMMED,) if grown else ()),
        *((UNREAD,) if shrunk else ()),
    )

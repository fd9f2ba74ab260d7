"""Positions of an input that is resampled: where a position of the output lies in it, exactly.

Along each spatial axis the output's position h lies in the input at t = (h + 1/2) a/b - 1/2, the
centres of cells being at halves, or with align_corners at t = h a/b, the outermost positions being
on one another. Torch computes t in float32 (in float64 for float64 input) with a rounded a/b; where
that is exact the formulas have no error there, elsewhere it is counted in their budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch

from generator.formula.build import ceil_div, larger, smaller
from generator.formula.tree import Div, Expr, Num, Range, Stage, Sym, Var, mul
from generator.layers.axes import Axis, channel_axes
from generator.layers.dims import axis_stage, primed, resized
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement, refuse_tensors
from generator.layers.registry import Call, Refused

_WHOLE = 2**24
"""Whole numbers below it are held exactly in float32."""


@dataclass(frozen=True)
class Resampled:
    """One spatial axis."""

    axis: Axis
    new: Axis
    """The axis as the output has it."""
    length: int
    count: int
    ratio: Fraction
    """Positions of the input to one of the output."""
    aligned: bool
    step: float
    """The ratio as torch computes it in float64, from lengths or from a scale factor."""
    wide: bool
    """Whether torch computes in float64, so that the check has no digits more."""

    @property
    def a(self) -> Sym:
        """Symbol of the ratio's numerator."""
        letter = self.axis.at.name
        meaning = f"so many steps of the input to every b_{letter} of the output"
        return Sym(f"a_{letter}", f"a_{{{letter}}}", meaning)

    @property
    def b(self) -> Sym:
        """Symbol of its denominator."""
        letter = self.axis.at.name
        meaning = f"so many steps of the output to every a_{letter} of the input"
        return Sym(f"b_{letter}", f"b_{{{letter}}}", meaning)

    @property
    def other(self) -> Var:
        """A position of the output beside the axis' own index."""
        return primed(self.axis)

    @property
    def settings(self) -> dict[str, int]:
        """The ratio's numbers."""
        a, b = self.ratio.numerator, self.ratio.denominator
        divisor = b if self.aligned else 2 * b
        return {self.a.name: a, self.b.name: b, f"d_{self.axis.at.name}": divisor}

    @property
    def exact(self) -> bool:
        """Whether float32 computes every position without rounding, in whatever order."""
        denominator = self.ratio.denominator
        dyadic = denominator & (denominator - 1) == 0 and self.step == float(self.ratio)
        return dyadic and (2 * self.count + 1) * max(1, self.ratio.numerator) < _WHOLE

    def numerator(self, index: Expr) -> Expr:
        """Numerator of the position t: (2h + 1) a - b, or h a."""
        return index * self.a if self.aligned else (2 * index + 1) * self.a - self.b

    @property
    def denominator(self) -> Expr:
        """Its denominator: 2b, or b."""
        return self.b if self.aligned else 2 * self.b

    def place(self, index: Expr) -> Expr:
        """The position t as a page shows it."""
        return self.fraction(index) if self.wide else self.computed(index)

    def computed(self, index: Expr) -> Expr:
        """The position t as torch computes it, which rounds."""
        scale = Div(self.a, self.b)
        return mul(scale, index) if self.aligned else mul(scale, index + Num(0.5)) - Num(0.5)

    def fraction(self, index: Expr) -> Expr:
        """The position t with one rounding at most: a sample's own place is that sample."""
        letter = self.axis.at.name
        # one number, so that the budget sees whether dividing by it is exact
        whole = Sym(f"d_{letter}", f"d_{{{letter}}}", "denominator of a position")
        return Div(self.numerator(index), whole)

    def reading(self, reach: int) -> tuple[Range, tuple[Stage, ...]]:
        """Positions h' of the output at most `reach` from a position u of the input."""
        u, count = self.axis.at, self.new.length
        if self.ratio == 0:
            return self.other.over(count), ()
        if self.aligned:
            start = ceil_div((u - reach) * self.b, self.a)
            end = (u + reach) * self.b // self.a
        else:
            start = ceil_div((2 * u - (2 * reach - 1)) * self.b - self.a, 2 * self.a)
            end = ((2 * u + (2 * reach + 1)) * self.b - self.a) // (2 * self.a)
        meaning = "position of the output in reach"
        first = axis_stage(self.axis, "first", "f", f"first {meaning}", larger(0, start))
        last = axis_stage(self.axis, "last", "e", f"last {meaning}", smaller(end, count - 1))
        span = self.other.over(last.tensor[u] + 1, first.tensor[u])
        return span, (first, last)

    def stage(self, name: str, latex: str, meaning: str, body: Expr, *, integer: bool) -> Stage:
        """A quantity of each position of the output along the axis."""
        return axis_stage(self.new, name, latex, meaning, body, integer=integer)


@dataclass(frozen=True)
class Resampling:
    """An input with its spatial axes."""

    moved: Movement
    leading: tuple[Axis, ...]
    spatial: tuple[Resampled, ...]

    @property
    def settings(self) -> dict[str, int]:
        """The ratios' numbers."""
        return {name: n for axis in self.spatial for name, n in axis.settings.items()}


def resampling(call: Call, *, aligned: bool) -> Resampling:
    """The spatial axes, behind batch and channel; Refused where a scale is no simple fraction."""
    refuse_tensors(call)
    if len(call.shape()) not in {3, 4, 5}:
        raise Refused(f"{spelled(call)} of {len(call.shape())} axes is not explained")
    axes = channel_axes(len(call.shape()))
    before, after = call.shape()[2:], call.output.shape[2:]
    if 0 in (*before, *after):
        raise Refused(f"{spelled(call)} of an axis without positions is not explained")
    scales = _scales(call, len(before))
    spatial: list[Resampled] = []
    for axis, length, count, scale in zip(axes[2:], before, after, scales, strict=True):
        if aligned:
            ratio = Fraction(length - 1, count - 1) if count > 1 else Fraction(0)
            step = (length - 1) / (count - 1) if count > 1 else 0.0
        elif scale is None:
            ratio, step = Fraction(length, count), length / count
        else:
            ratio, step = 1 / _fraction(call, scale), 1 / scale
            if length == count != 1 and ratio != 1:
                # torch's kernels then disagree: some of them copy the values
                kept = f"leaves the length {length} as it is"
                raise Refused(f"{spelled(call)}: a scale factor of {scale} {kept}, not explained")
        wide = call.tensors["input"].dtype == "float64"
        spatial.append(Resampled(axis, resized(axis), length, count, ratio, aligned, step, wide))
    moved = Movement(call, axes, (*axes[:2], *(s.new for s in spatial)))
    return Resampling(moved, axes[:2], tuple(spatial))


def _scales(call: Call, rank: int) -> tuple[float | None, ...]:
    """The scale factors by which torch divides; None where it divides the lengths instead."""
    given = call.options.get("scale_factor")
    if given is None or call.options.get("recompute_scale_factor"):
        return (None,) * rank
    found = tuple(given) if isinstance(given, list | tuple) else (given,) * rank
    if len(found) != rank or not all(isinstance(s, int | float) and s > 0 for s in found):
        raise Refused(f"{spelled(call)}(scale_factor={given!r}) is not explained")
    return tuple(float(s) for s in found if isinstance(s, int | float))


def _fraction(call: Call, scale: float) -> Fraction:
    found = Fraction(scale).limit_denominator(1000)
    if float(found) != scale:
        raise Refused(f"{spelled(call)}(scale_factor={scale}): no simple fraction, not explained")
    return found


def refuse_finest(call: Call, axis: Resampled) -> None:
    """Refused where float32 cannot tell a position from a neighbouring sample at all."""
    if axis.exact:
        return
    unit = 2.0**-53 if axis.wide else 2.0**-24
    if 8 * axis.ratio.denominator * (axis.length + 1) * unit * 4 >= 1:
        raise Refused(f"{spelled(call)}: so many positions are not explained, float32 blurs them")


def rounded_positions(axis: Resampled, shift: float, dtype: torch.dtype) -> torch.Tensor:
    """⌊(h + shift) · scale⌋ in the arithmetic of the type, as torch reads it."""
    scale = torch.tensor(axis.step, dtype=torch.float64).to(dtype)
    places = torch.arange(axis.count).to(dtype) + shift
    return (places * scale).float().floor().long().clamp(max=axis.length - 1)

"""y[n, c, h] = Σᵢ k(t - ⌊t⌋ + 1 - i) x[n, c, ⌊t⌋ - 1 + i] over i = 0 … 3: among four samples.

k is the convolution kernel of R. Keys (Cubic convolution interpolation for digital image
processing, IEEE Trans. ASSP 29(6), 1981) with torch's A = -0.75. Beyond the edge stands the
outermost value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.formula.build import cases, equal, every, larger, smaller, total
from generator.formula.tree import Cond, Expr, Num, Pow, Stage, Sym, Tensor, Var, mul
from generator.layers.axes import at
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Formula, Note, Refused
from generator.layers.resampling import Resampled, refuse_finest, resampling
from generator.layers.windows import sizes_text

_A = Sym("A", "A", "slope of the kernel at 1", integer=False)
_OVERSHOOT = Note(
    "Values may overshoot",
    "Some weights are negative, so that beside a steep edge the output may leave the range of the "
    "input.",
)
_OFFSETS = ("i", "j")


def cubic(call: Call, *, aligned: bool) -> Formula:
    """Two spatial axes."""
    if call.tensors["input"].integer:
        raise Refused(f"{spelled(call)} of {call.tensors['input'].dtype}: rounding, not explained")
    if len(call.shape()) != 4:
        raise Refused(f"{spelled(call)} of {len(call.shape())} axes is not explained")
    found = resampling(call, aligned=aligned)
    for axis in found.spatial:
        refuse_finest(call, axis)
    lead = at(found.leading)
    among = [_Among(axis, Var(i)) for axis, i in zip(found.spatial, _OFFSETS, strict=True)]
    spans = [axis.reading(2) for axis in found.spatial]
    stages = tuple(stage for a in among for stage in a.stages)
    behind = (*stages, *(limit for _, limits in spans for limit in limits))
    moved = found.moved

    def forward(*, rounds: bool) -> Expr:
        weights = [a.weight(a.of.axis.at, rounds=rounds) for a in among]
        read = moved.x[(*lead, *(a.sample(a.of.axis.at) for a in among))]
        return total([a.offset.over(4) for a in among], mul(*weights, read))

    def backward(*, rounds: bool) -> Expr:
        weights = [a.weight(a.of.other, rounds=rounds) for a in among]
        read = moved.g[(*lead, *(a.of.other for a in among))]
        met: list[Cond] = [equal(a.sample(a.of.other), a.of.axis.at) for a in among]
        ranges = [*(span for span, _ in spans), *(a.offset.over(4) for a in among)]
        return total(ranges, mul(*weights, read), every(*met))

    return moved.formula(
        f"The {sizes_text(call.shape()[2:])} positions become "
        f"{sizes_text(call.output.shape[2:])}; each value is a weighted sum of the 16 around its "
        "place in the input, the weights being those of a cubic kernel.",
        replace(moved.forward(forward(rounds=False), *stages), arithmetic=forward(rounds=True)),
        replace(moved.backward(backward(rounds=False), *behind), arithmetic=backward(rounds=True)),
        settings={**found.settings, "A": -0.75},
        notes=(_OVERSHOOT,),
        indices={
            **{a.offset.name: f"sample around, along {a.of.axis.name}" for a in among},
            **{a.of.other.name: f"position of the output along {a.of.axis.name}" for a in among},
        },
    )


@dataclass(frozen=True)
class _Among:
    """One axis, along which a position lies among four samples."""

    of: Resampled
    offset: Var
    """Which of the four samples it is."""

    @property
    def below(self) -> Stage:
        """⌊t⌋, the sample at it or before it."""
        body = self.of.numerator(self.of.axis.at) // self.of.denominator
        return self.of.stage("below", "s", "last sample not behind the place", body, integer=True)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Those that the formulas read."""
        return (self.below, *self._stages(rounds=False), *self._stages(rounds=True))

    def _stages(self, *, rounds: bool) -> tuple[Stage, Stage, Stage]:
        """The position t, the distance of each of the four samples, and its weight.

        With `rounds` they have the rounding that they have in torch.
        """
        h, i, along = self.of.axis.at, self.offset, self.of.axis.name
        mark, bar = ("computed ", r"\tilde") if rounds else ("", "")
        body = self.of.place(h)
        if rounds:
            body = self.of.fraction(h) if self.of.exact else self.of.computed(h)
        place = self.of.stage(
            f"{mark}position",
            f"{bar}{{t}}" if rounds else "t",
            "place in the input",
            body,
            integer=False,
        )
        distance = self._each(
            f"{mark}distance",
            f"{bar}{{d}}" if rounds else "d",
            f"distance of each sample along {along}",
            abs(place.tensor[h] - self.below.tensor[h] + 1 - i),
        )
        d = distance.tensor[h, i]
        square, cube = Pow(d, Num(2)), Pow(d, Num(3))
        near = (_A + 2) * cube - (_A + 3) * square + 1
        far = _A * cube - 5 * _A * square + 8 * _A * d - 4 * _A
        # the outer two are at a distance of 1 or more
        weight = self._each(
            f"{mark}weight",
            f"{bar}{{k}}" if rounds else "k",
            f"weight of each sample along {along}",
            cases((every(i >= 1, i <= 2), near), otherwise=far),
        )
        return place, distance, weight

    def _each(self, name: str, latex: str, meaning: str, body: Expr) -> Stage:
        """A quantity of each of the four samples at each position of the output."""
        letter = self.of.axis.at.name
        tensor = Tensor(
            f"{name} {letter}",
            f"{latex}^{{({letter})}}",
            (self.of.new.length, Num(4)),
            meaning,
            "stage",
        )
        return Stage(tensor, (self.of.axis.at, self.offset), body)

    def weight(self, index: Var, *, rounds: bool) -> Expr:
        """The weight of the sample at a position of the output."""
        *_, weight = self._stages(rounds=rounds)
        return weight.tensor[index, self.offset]

    def sample(self, index: Var) -> Expr:
        """The sample's index; beyond the edge it is the outermost one."""
        place = self.below.tensor[index] - 1 + self.offset
        return smaller(larger(place, 0), self.of.axis.length - 1)

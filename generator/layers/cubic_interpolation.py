"""y[n, c, h] = Σᵢ k(t - ⌊t⌋ + 1 - i) x[n, c, ⌊t⌋ - 1 + i] over i = 0 … 3: among four samples.

k is the convolution kernel of R. Keys (Cubic convolution interpolation for digital image
processing, IEEE Trans. ASSP 29(6), 1981) with torch's A = -0.75. Beyond the edge stands the
outermost value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.formula.build import cases, equal, every, larger, smaller, total
from generator.formula.tree import Cond, Div, Expr, Num, Pow, Stage, Sym, Tensor, Var, mul
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
    stages = tuple(stage for a in among for stage in a.stages)
    moved = found.moved

    def forward(*, rounds: bool) -> Expr:
        weights = [a.weight(a.of.axis.at, rounds=rounds) for a in among]
        read = moved.x[(*lead, *(a.sample(a.of.axis.at) for a in among))]
        return total([a.offset.over(4) for a in among], mul(*weights, read))

    def backward(*, rounds: bool) -> Expr:
        weights = [a.weight(a.of.other, rounds=rounds) for a in among]
        read = moved.g[(*lead, *(a.of.other for a in among))]
        met: list[Cond] = [equal(a.sample(a.of.other), a.of.axis.at) for a in among]
        ranges = [*(a.of.reading(2) for a in among), *(a.offset.over(4) for a in among)]
        return total(ranges, mul(*weights, read), every(*met))

    return moved.formula(
        f"The {sizes_text(call.shape()[2:])} positions become "
        f"{sizes_text(call.output.shape[2:])}; each value is a weighted sum of the 16 around its "
        "place in the input, the weights being those of a cubic kernel.",
        replace(moved.forward(forward(rounds=False), *stages), arithmetic=forward(rounds=True)),
        replace(moved.backward(backward(rounds=False), *stages), arithmetic=backward(rounds=True)),
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
    def place(self) -> Stage:
        """t: where the position lies in the input."""
        body = Div(self.of.numerator(self.of.axis.at), self.of.denominator)
        return self.of.stage("position", "t", "place in the input", body, integer=False)

    @property
    def below(self) -> Stage:
        """⌊t⌋, the sample at it or before it."""
        body = self.of.numerator(self.of.axis.at) // self.of.denominator
        return self.of.stage("below", "s", "last sample not behind the place", body, integer=True)

    @property
    def rounded(self) -> Stage:
        """t as torch computes it."""
        return self.of.stage(
            "rounded position",
            r"\tilde{t}",
            "place in the input as computed",
            self.of.rounded(self.of.axis.at),
            integer=False,
        )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Those that the formulas read."""
        own = (self.place, self.below, self._weights("weight", "k", self.place))
        if self.of.exact:
            return own
        return (*own, self.rounded, self._weights("rounded weight", r"\tilde{k}", self.rounded))

    def _weights(self, name: str, latex: str, place: Stage) -> Stage:
        """The kernel at the distance of each of the four samples."""
        letter, h, i = self.of.axis.at.name, self.of.axis.at, self.offset
        tensor = Tensor(
            f"{name} {letter}",
            f"{latex}^{{({letter})}}",
            (self.of.new.length, Num(4)),
            f"weight of each sample along {self.of.axis.name}",
            "stage",
        )
        distance = abs(place.tensor[h] - self.below.tensor[h] + 1 - i)
        square, cube = Pow(distance, Num(2)), Pow(distance, Num(3))
        near = (_A + 2) * cube - (_A + 3) * square + 1
        far = _A * cube - 5 * _A * square + 8 * _A * distance - 4 * _A
        # the outer two are at a distance of 1 or more
        inner = every(i >= 1, i <= 2)
        return Stage(tensor, (h, i), cases((inner, near), otherwise=far))

    def weight(self, index: Var, *, rounds: bool) -> Expr:
        """The weight of the sample at a position of the output."""
        name, latex, place = "weight", "k", self.place
        if rounds and not self.of.exact:
            name, latex, place = "rounded weight", r"\tilde{k}", self.rounded
        return self._weights(name, latex, place).tensor[index, self.offset]

    def sample(self, index: Var) -> Expr:
        """The sample's index; beyond the edge it is the outermost one."""
        place = self.below.tensor[index] - 1 + self.offset
        return smaller(larger(place, 0), self.of.axis.length - 1)

"""y[n, c, h] = Σᵢ (1 - |t - ⌊t⌋ - i|) x[n, c, ⌊t⌋ + i] over i = 0, 1: between two samples.

Over several axes the weights are multiplied (bilinear, trilinear).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generator.formula.build import bracket, cases, equal, larger, smaller, total
from generator.formula.tree import Expr, Neg, Range, Stage, Tensor, Var, mul
from generator.layers.axes import at
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Formula, Note, Refused
from generator.layers.resampling import Resampled, refuse_finest, resampling
from generator.layers.windows import sizes_text

_CENTRES = Note(
    "Centres of cells are matched",
    "Position 0 of the output lies half an output cell from the input's edge, not on its first "
    "value; what lies beyond the outermost centres takes the outermost values.",
)
_CORNERS = Note(
    "Corners are matched",
    "With `align_corners` the outermost values stay, and the spacing is (H − 1)/(H' − 1): the same "
    "scale gives other values for another size.",
)
_OFFSETS = ("i", "j", "k")


def linear(call: Call, *, aligned: bool) -> Formula:
    """One to three spatial axes."""
    if call.tensors["input"].integer:
        raise Refused(f"{spelled(call)} of {call.tensors['input'].dtype}: rounding, not explained")
    found = resampling(call, aligned=aligned)
    for axis in found.spatial:
        refuse_finest(call, axis)
    lead = at(found.leading)
    between = [
        _Between(axis, Var(letter)) for axis, letter in zip(found.spatial, _OFFSETS, strict=False)
    ]
    spans = [axis.reading(1) for axis in found.spatial]
    ranges = [span for span, _ in spans]
    stages = tuple(stage for b in between for stage in b.stages)
    behind = (*stages, *(limit for _, limits in spans for limit in limits))
    moved = found.moved
    shape = sizes_text(call.shape()[2:])
    return moved.formula(
        f"The {shape} positions become {sizes_text(call.output.shape[2:])}; each value is a mean "
        f"of the {2 ** len(between)} around its place in the input, weighted by their nearness.",
        replace(
            moved.forward(_forward(moved.x, lead, between, rounds=False), *stages),
            arithmetic=_forward(moved.x, lead, between, rounds=True),
        ),
        replace(
            moved.backward(_backward(moved.g, lead, between, ranges, rounds=False), *behind),
            arithmetic=_backward(moved.g, lead, between, ranges, rounds=True),
        ),
        settings=found.settings,
        notes=(_CORNERS if aligned else _CENTRES,),
        indices={
            **{b.offset.name: f"sample before or behind, along {b.of.axis.name}" for b in between},
            **{b.of.other.name: f"position of the output along {b.of.axis.name}" for b in between},
        },
    )


@dataclass(frozen=True)
class _Between:
    """One axis, along which a position lies between two samples."""

    of: Resampled
    offset: Var
    """Which of the two samples it is."""

    @property
    def place(self) -> Stage:
        """t: where the position lies in the input, at most at its outermost samples."""
        return self._placed("position", "t", self.of.place(self.of.axis.at))

    @property
    def exact(self) -> Stage:
        """The same without rounding."""
        return self._placed("exact position", r"\bar{t}", self.of.fraction(self.of.axis.at))

    @property
    def computed(self) -> Stage:
        """The same with torch's rounding, whose error all that is read there shares."""
        return self._placed("computed position", r"\tilde{t}", self.of.computed(self.of.axis.at))

    @property
    def carried(self) -> Stage:
        """Once more: where t is a sample's own place, rounding may carry it below."""
        return self._placed("carried position", r"\hat{t}", self.of.computed(self.of.axis.at))

    @property
    def below(self) -> Stage:
        """The sample at it or before it."""
        at_least = larger(self.of.numerator(self.of.axis.at), 0) // self.of.denominator
        return self.of.stage(
            "below",
            "s",
            "last sample that is not behind the place",
            smaller(at_least, self.of.axis.length - 1),
            integer=True,
        )

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Those that the formulas read."""
        own = (self.place, self.below, self.exact)
        return own if self.of.exact else (*own, self.computed, self.carried)

    def _placed(self, name: str, latex: str, place: Expr) -> Stage:
        inside = smaller(larger(place, 0), self.of.axis.length - 1)
        return self.of.stage(name, latex, "place in the input", inside, integer=False)

    def offsets(self, *, rounds: bool) -> Range:
        """The samples that have a weight; rounding may give one to the sample before them."""
        return self.offset.over(2, -1) if rounds and not self.of.exact else self.offset.over(2)

    def sample(self, *, rounds: bool) -> Expr:
        """The sample's index; one that lies outside has no weight."""
        inside = smaller(self._at(self.below) + self.offset, self.of.axis.length - 1)
        return larger(inside, 0) if rounds and not self.of.exact else inside

    def weight(self, *, rounds: bool) -> Expr:
        """One minus the distance from the sample."""
        place = self._rounding if rounds else self.place
        t, s, i = self._at(place), self._at(self.below), self.offset
        if not rounds or self.of.exact:
            return 1 - abs(t - s - i)
        exact = self._at(self.exact)
        carried = (self._at(self.carried) - exact) * bracket(equal(exact, s))
        return cases(
            (equal(i, 0), 1 - (t - s) + carried), (equal(i, 1), t - s), otherwise=Neg(carried)
        )

    def weight_back(self, *, rounds: bool) -> Expr:
        """The weight of the input's position u at the output's position h'."""
        place = self._rounding if rounds else self.place
        t, u = place.tensor[self.of.other], self.of.axis.at
        if not rounds or self.of.exact:
            return larger(0, 1 - abs(t - u))
        exact = self.exact.tensor[self.of.other]
        return cases((exact >= u, 1 - (t - u)), otherwise=1 - (u - t))

    @property
    def _rounding(self) -> Stage:
        """The position with the rounding that it has in torch."""
        return self.exact if self.of.exact else self.computed

    def _at(self, stage: Stage) -> Expr:
        return stage.tensor[self.of.axis.at]


def _forward(
    x: Tensor, lead: tuple[Var, ...], between: Sequence[_Between], *, rounds: bool
) -> Expr:
    weights = [b.weight(rounds=rounds) for b in between]
    read = x[(*lead, *(b.sample(rounds=rounds) for b in between))]
    return total([b.offsets(rounds=rounds) for b in between], mul(*weights, read))


def _backward(
    g: Tensor,
    lead: tuple[Var, ...],
    between: Sequence[_Between],
    ranges: Sequence[Range],
    *,
    rounds: bool,
) -> Expr:
    weights = [b.weight_back(rounds=rounds) for b in between]
    return total(ranges, mul(*weights, g[(*lead, *(b.of.other for b in between))]))

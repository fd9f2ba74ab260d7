"""y[n, c, h] = Σᵢ (1 - |t - ⌊t⌋ - i|) x[n, c, ⌊t⌋ + i] over i = 0, 1: between two samples.

Over several axes the weights are multiplied (bilinear, trilinear).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from generator.formula.build import bracket, cases, equal, larger, smaller, total
from generator.formula.tree import Div, Expr, Neg, Range, Stage, Tensor, Var, mul
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
    stages = tuple(stage for b in between for stage in b.stages)
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
            moved.backward(_backward(moved.g, lead, between, rounds=False), *stages),
            arithmetic=_backward(moved.g, lead, between, rounds=True),
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
        exact = Div(self.of.numerator(self.of.axis.at), self.of.denominator)
        return self.of.stage(
            "position", "t", "place in the input", self._inside(exact), integer=False
        )

    @property
    def below(self) -> Stage:
        """The sample at it or before it."""
        whole = larger(self.of.numerator(self.of.axis.at), 0) // self.of.denominator
        body = smaller(whole, self.of.axis.length - 1)
        return self.of.stage(
            "below", "s", "last sample that is not behind the place", body, integer=True
        )

    @property
    def rounded(self) -> Stage:
        """t as torch computes it, whose error all that is read there shares."""
        return self._computed("rounded position", r"\tilde{t}")

    @property
    def carried(self) -> Stage:
        """The same once more: where t is a sample's own place, rounding may carry it below."""
        return self._computed("carried position", r"\hat{t}")

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Those that the formulas read."""
        own = (self.place, self.below)
        return own if self.of.exact else (*own, self.rounded, self.carried)

    def _computed(self, name: str, latex: str) -> Stage:
        body = self._inside(self.of.rounded(self.of.axis.at))
        return self.of.stage(name, latex, "place in the input as computed", body, integer=False)

    def _inside(self, place: Expr) -> Expr:
        return smaller(larger(place, 0), self.of.axis.length - 1)

    def offsets(self, *, rounds: bool) -> Range:
        """The samples that have a weight; rounding may give one to the sample before them."""
        return self.offset.over(2, -1) if rounds and not self.of.exact else self.offset.over(2)

    def sample(self) -> Expr:
        """The sample's index; one that lies outside has no weight."""
        inside = smaller(self._at(self.below) + self.offset, self.of.axis.length - 1)
        return inside if self.of.exact else larger(inside, 0)

    def weight(self, *, rounds: bool) -> Expr:
        """One minus the distance from the sample."""
        t, s, i = self._at(self.place), self._at(self.below), self.offset
        if not rounds or self.of.exact:
            return 1 - abs(t - s - i)
        beyond = self._at(self.rounded) - s
        carried = (self._at(self.carried) - t) * bracket(equal(t, s))
        return cases(
            (equal(i, 0), 1 - beyond + carried), (equal(i, 1), beyond), otherwise=Neg(carried)
        )

    def weight_back(self, *, rounds: bool) -> Expr:
        """The weight of the input's position u at the output's position h'."""
        t, u = self.place.tensor[self.of.other], self.of.axis.at
        if not rounds or self.of.exact:
            return larger(0, 1 - abs(t - u))
        computed = self.rounded.tensor[self.of.other]
        return cases((t >= u, 1 - (computed - u)), otherwise=1 - (u - computed))

    def _at(self, stage: Stage) -> Expr:
        return stage.tensor[self.of.axis.at]


def _forward(
    x: Tensor, lead: tuple[Var, ...], between: Sequence[_Between], *, rounds: bool
) -> Expr:
    weights = [b.weight(rounds=rounds) for b in between]
    read = x[(*lead, *(b.sample() for b in between))]
    return total([b.offsets(rounds=rounds) for b in between], mul(*weights, read))


def _backward(
    g: Tensor, lead: tuple[Var, ...], between: Sequence[_Between], *, rounds: bool
) -> Expr:
    weights = [b.weight_back(rounds=rounds) for b in between]
    read = g[(*lead, *(b.of.other for b in between))]
    return total([b.of.reading(1) for b in between], mul(*weights, read))

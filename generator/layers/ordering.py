"""Values along one axis in order: which index stands at each place, checked by its rank.

torch leaves open in which order equal values come unless it is asked for a stable sort. So the
indices are taken as they came back, and hold where each one's rank is its place: as many values
come before it as the place counts, and no index stands twice. Otherwise the formula gives -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.formula.build import bracket, cases, equal, every, total, unequal
from generator.formula.configure import Setting
from generator.formula.tree import (
    Compare,
    Cond,
    Either,
    Equation,
    Expr,
    Num,
    Read,
    Stage,
    Sym,
    Tensor,
    Var,
)
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import axis_at, dims, input_of, output_of, primed
from generator.layers.dtypes import refuse_unreal
from generator.layers.registry import Call, Note
from generator.layers.tensors import gradient_of, upstream

PLACE = Axis("place", Var("k"), Sym("K", "K", "number of places"))
POINTS = {"k": "place in the order", "l": "another place in the order"}
TIES = Note(
    "Equal values come in any order",
    "torch does not say in which order equal values come. The indices shown are the ones that it "
    "chose; the formula checks that as many values come before each as its place counts.",
)
STABLE = Note(
    "Equal values keep their order",
    "The sort is stable: of equal values the one with the smaller index comes first.",
)


@dataclass(frozen=True)
class Ordering:
    """The input, and the indices that came back for places along one axis."""

    call: Call
    place: int
    name: str
    """The output that has the indices: `output` or `output_1`."""
    descending: bool

    @classmethod
    def of(cls, call: Call, *, descending: bool) -> Ordering:
        """Those of a call with an option `dim`, whose last output has the indices."""
        refuse_unreal(call)
        name = "output" if len(call.outputs) == 1 else "output_1"
        return cls(call, axis_at(call, "dim"), name, descending)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The input's axes."""
        return dims(len(self.call.shape()))

    @property
    def out(self) -> tuple[Axis, ...]:
        """The axes of values and indices."""
        if not self.axes:
            return ()
        return (*self.axes[: self.place], PLACE, *self.axes[self.place + 1 :])

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.axes, integer=self.call.tensors["input"].integer)

    @property
    def y(self) -> Tensor:
        """The values."""
        return output_of(self.out, integer=self.call.tensors["input"].integer)

    @property
    def p(self) -> Tensor:
        """The indices, as a result and as what came back."""
        sizes, meaning = lengths(self.out), f"index along axis {self.place} of the value"
        return Tensor(self.name, "p", sizes, meaning, "result", integer=True, label="Indices")

    @property
    def other(self) -> Var:
        """Another index along the axis."""
        return primed(self.axes[self.place])

    def value(self, index: Expr) -> Read:
        """The input at an index along the axis."""
        return self.x[(*at(self.axes[: self.place]), index, *at(self.axes[self.place + 1 :]))]

    def index(self, place: Expr = PLACE.at) -> Read:
        """The index that came back for a place."""
        return self.p[(*at(self.axes[: self.place]), place, *at(self.axes[self.place + 1 :]))]

    @property
    def here(self) -> Read:
        """The value at this place."""
        return self.value(self.index())

    def before(self, value: Expr) -> Compare:
        """Whether a value comes before the one at this place, not being equal to it."""
        return Compare(">" if self.descending else "<", value, self.here)

    def counted(self, condition: Cond) -> Expr:
        """How many values of the axis meet a condition on the index `other`."""
        return total(self.other.over(self.axes[self.place].length), bracket(condition))

    @property
    def rank(self) -> Stage:
        """How many values come before the one at this place; equal ones by the places before."""
        beside = Var("l")
        same = every(
            equal(self.value(self.index(beside)), self.here),
            unequal(self.index(beside), self.index()),
        )
        earlier = total(beside.over(PLACE.at), bracket(same))
        return self._stage(self.counted(self.before(self.value(self.other))) + earlier)

    @property
    def stable_rank(self) -> Stage:
        """The same with equal values in the order in which they stand in the input."""
        value = self.value(self.other)
        tied = every(equal(value, self.here), self.other < self.index())
        return self._stage(self.counted(Either((self.before(value), tied))))

    def _stage(self, body: Expr) -> Stage:
        meaning = "how many values come before the one at this place"
        tensor = Tensor("rank", "r", lengths(self.out), meaning, "stage", integer=True)
        return Stage(tensor, at(self.out), body)

    def values(self) -> Equation:
        """y = x at the index of the place."""
        body: Expr = self.here if self.axes else self.x[()]
        return Equation(self.y, at(self.out), body, (self.x, self.p) if self.axes else (self.x,))

    def indices(self, holds: Cond, *stages: Stage) -> Equation:
        """The index that came back, where it is right; -1 where it is not."""
        body = cases((holds, self.index()), otherwise=-1)
        return Equation(self.p, at(self.out), body, (self.x, self.p), stages)

    def ranked(self, *, stable: bool = False) -> Equation:
        """The indices, right where each one's rank is its place."""
        if not self.axes:
            return Equation(self.p, (), Num(0), ())
        stage = self.stable_rank if stable else self.rank
        return self.indices(equal(stage.tensor[at(self.out)], PLACE.at), stage)

    def gradients(self) -> dict[str, Equation]:
        """∂L/∂x: what came to the place at which a value stands, if it stands at one."""
        if self.y.integer:
            return {}
        g, own = upstream(self.y), gradient_of(self.x)
        if not self.axes:
            return {"input": Equation(own, (), g[()], (g,))}
        hit = equal(self.index(), self.axes[self.place].at)
        body: Expr = total(PLACE.span, g[at(self.out)], hit)
        if not all(self.call.outputs[0].shape):
            body = Num(0)
        return {"input": Equation(own, at(self.axes), body, (g, self.p))}

    @property
    def settings(self) -> dict[str, Setting]:
        """The numbers of the axes' lengths."""
        found = dict(settings(self.axes, self.call.shape()))
        return {**found, **settings(self.out, self.call.outputs[-1].shape)}

    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of the input and the first output."""
        return {"input": names(self.axes), "output": names(self.out)}


def order(*, descending: bool) -> Literal["descending", "ascending"]:
    """The order in a sentence."""
    return "descending" if descending else "ascending"

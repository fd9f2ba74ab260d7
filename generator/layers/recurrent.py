"""Stacks of recurrent layers: outputs and final states, whatever happens in a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from generator.formula.build import cases, equal
from generator.formula.tree import Equation, Expr, Like, Stage, Sym, Tensor, Var
from generator.layers.recurrence import (
    FEATURE,
    LAYER,
    OUTPUT,
    STATES,
    UNIT,
    D,
    H,
    P,
    Run,
)
from generator.layers.registry import Output
from generator.layers.sequences import STEP, I, Sequences

if TYPE_CHECKING:
    from generator.layers.through_time import Backward

Q = Sym("Q", "Q", "number of output features")


class Step(Protocol):
    """What happens in one time step: a plain tanh, an LSTM's or a GRU's gates."""

    @property
    def gates(self) -> int:
        """How many gates the rows of the weights are for."""

    @property
    def states(self) -> tuple[str, ...]:
        """`h`, and `c` where there is a cell state."""

    def forward(self, run: Run) -> tuple[Stage, ...]:
        """The stages of a run, the hidden state's the last."""

    def backward(self, back: Backward) -> tuple[Stage, ...]:
        """The δ stages; `back.rows()` and `state_rows` are those of the weights' rows."""

    def state_rows(self, back: Backward) -> Tensor:
        """The δ that the state's weights meet; the input's weights meet `back.rows()`."""


@dataclass(frozen=True)
class Stack:
    """All layers of one call."""

    sequences: Sequences
    step: Step
    layers: int
    directions: int
    bias: bool
    projected: bool
    given: Mapping[str, Tensor]
    """Initial states by letter."""
    runs: tuple[tuple[Run, ...], ...] = field(init=False)
    """Each layer's directions."""

    def __post_init__(self) -> None:
        runs: list[tuple[Run, ...]] = []
        for layer in range(self.layers):
            below = runs[-1] if runs else ()
            runs.append(tuple(self._run(below, layer, d) for d in range(self.directions)))
        object.__setattr__(self, "runs", tuple(runs))

    def _run(self, below: tuple[Run, ...], layer: int, direction: int) -> Run:
        both = self.directions == 2
        place = layer * self.directions + direction
        return Run(
            sequences=self.sequences,
            suffix=f"_l{layer}{'_reverse' if direction else ''}",
            arrow=(r"\overleftarrow" if direction else r"\overrightarrow") if both else "",
            mark=f"({layer + 1})" if self.layers > 1 else "",
            reverse=direction == 1,
            gates=self.step.gates,
            bias=self.bias,
            features=Q if below else I,
            read=lambda feature: self._read(below, feature),
            initial={x: self._initial(tensor, place) for x, tensor in self.given.items()},
            projected=self.projected,
        )

    def _initial(self, given: Tensor, place: int) -> Callable[[Var], Expr]:
        return lambda unit: given[place, *self.sequences.original, unit]

    def _read(self, below: tuple[Run, ...], feature: Like) -> Expr:
        """A layer's input at a step: the call's, or what the layer below gives."""
        if len(below) == 1:
            return below[0].here(below[0].state("h"), feature)
        if below:
            return below[0].here(self._joined(below).tensor, feature)
        return self.sequences.read(feature)

    def _joined(self, runs: tuple[Run, ...]) -> Stage:
        """What both directions of a layer give, one behind the other."""
        meaning = f"output of layer {runs[0].mark.strip('()')}, both directions side by side"
        lengths = (*self.sequences.lengths, Q)
        symbol = f"y^{{{runs[0].mark}}}"
        tensor = Tensor(f"joined{runs[0].suffix}", symbol, lengths, meaning, "stage")
        lead = self.sequences.lead
        return Stage(tensor, (*lead, FEATURE), self._features(runs, lead, FEATURE))

    def _features(self, runs: tuple[Run, ...], lead: tuple[Expr, ...], feature: Expr) -> Expr:
        """A feature of a layer's output at a step: both directions' states side by side."""
        first = runs[0].state("h")[*lead, feature]
        if len(runs) == 1:
            return first
        units = runs[0].units
        second = runs[1].state("h")[*lead, feature - units]
        return cases((feature < units, first), otherwise=second)

    @property
    def all_runs(self) -> tuple[Run, ...]:
        """Each layer in each direction, in torch's order."""
        return tuple(run for layer in self.runs for run in layer)

    @property
    def y(self) -> Tensor:
        """The output."""
        return Tensor("output", "y", self.sequences.lying(Q), "output of the layer", "result")

    def final(self, letter: str) -> Tensor:
        """The final hidden or cell state, behind the output and what else packing returns."""
        place = len(self.sequences.tensors) + self.step.states.index(letter)
        units = P if self.projected and letter == "h" else H
        sizes = (D, *self.sequences.batch, units)
        return Tensor(
            f"output_{place}", f"{letter}^{{n}}", sizes, f"final {STATES[letter]}", "result"
        )

    @property
    def state_axes(self) -> tuple[str, ...]:
        """The axes of initial and final states."""
        batch = ("batch",) if self.sequences.batched else ()
        return ("layer and direction", *batch, "feature")

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All that the forward equations read."""
        weights = (w for run in self.all_runs for w in run.weights.values())
        return (*self.sequences.tensors, *weights, *self.given.values())

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All that the forward equations compute on the way."""
        found: list[Stage] = [*self.sequences.stages]
        for layer in self.runs:
            for run in layer:
                found += [*run.carried("c"), *run.carried("h"), *self.step.forward(run)]
            if len(layer) == 2 and layer is not self.runs[-1]:
                found.append(self._joined(layer))
        return tuple(found)

    def forward(self) -> Equation:
        """The top layer's hidden states."""
        body = self._features(self.runs[-1], self.sequences.rows_lead, OUTPUT)
        at = (*self.sequences.rows, OUTPUT)
        return Equation(self.y, at, body, self.tensors, self.stages)

    def others(self) -> tuple[Output, ...]:
        """What packing passes on, and the final states."""
        found = [
            _passed_on(place, tensor, STEP if place == 1 else self.sequences.sample[0])
            for place, tensor in enumerate(self.sequences.tensors)
            if place
        ]
        states = self.step.states
        found += [Output(f"{x}_n", self._final(x), self.state_axes) for x in states]
        return tuple(found)

    def _final(self, letter: str) -> Equation:
        values = [
            run.state(letter)[run.last, *self.sequences.resorted, UNIT] for run in self.all_runs
        ]
        at = (LAYER, *self.sequences.sample, UNIT)
        return Equation(self.final(letter), at, by_place(values), self.tensors, self.stages)


def by_place(values: Sequence[Expr]) -> Expr:
    """The value of each layer and direction, by its place."""
    lines = [(equal(LAYER, place), value) for place, value in enumerate(values[:-1])]
    return cases(*lines, otherwise=values[-1]) if lines else values[0]


_PACKED = {
    1: ("batch_sizes", "time step"),
    2: ("sorted_indices", "batch"),
    3: ("unsorted_indices", "batch"),
}


def _passed_on(place: int, tensor: Tensor, at: Var) -> Output:
    """A part of packed sequences that comes back as it is."""
    name, axis = _PACKED[place]
    symbol = f"{tensor.latex}'"
    result = Tensor(f"output_{place}", symbol, tensor.sizes, tensor.meaning, "result", integer=True)
    return Output(name, Equation(result, (at,), tensor[at], (tensor,)), (axis,))

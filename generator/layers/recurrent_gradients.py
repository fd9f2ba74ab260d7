"""All gradients of a stack of recurrent layers, back through the layers and through time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Tensor, Var, add
from generator.layers.recurrence import BEFORE, FEATURE, LAYER, OUTPUT, ROW, UNIT, Run
from generator.layers.recurrent import Stack, by_place
from generator.layers.tensors import gradient_of, upstream
from generator.layers.through_time import Backward


@dataclass(frozen=True)
class Gradients:
    """The gradients of one call."""

    stack: Stack
    reached: Mapping[str, bool]
    """Whether a gradient arrives at `y`, and at each final state by letter."""
    backs: tuple[tuple[Backward, ...], ...] = field(init=False)
    """Each layer's directions."""

    def __post_init__(self) -> None:
        backs: list[tuple[Backward, ...]] = []
        for layer in reversed(self.stack.runs):
            above = backs[0] if backs else None
            backs.insert(0, tuple(self._back(above, run) for run in layer))
        object.__setattr__(self, "backs", tuple(backs))

    def _back(self, above: tuple[Backward, ...] | None, run: Run) -> Backward:
        sequences, stack = self.stack.sequences, self.stack
        unit = run.units + UNIT if run.reverse else UNIT
        arrives: Expr | None = None
        if above is not None:
            arrives = add(*(b.to_input(b.rows(), run.lead, unit) for b in above))
        elif self.reached["y"]:
            arrives = upstream(stack.y)[sequences.place(unit)]
        place = stack.all_runs.index(run)
        final = {
            letter: upstream(stack.final(letter))[place, *sequences.original, UNIT]
            for letter in stack.step.states
            if self.reached[letter]
        }
        return Backward(run, arrives, final)

    @property
    def all_backs(self) -> tuple[Backward, ...]:
        """Each layer in each direction, in torch's order."""
        return tuple(back for layer in self.backs for back in layer)

    def equations(self) -> dict[str, Equation]:
        """Of the input, the initial states and every weight, by name."""
        found = {self.stack.sequences.data: self._of_input()}
        found |= {t.name: self._of_state(x, t) for x, t in self.stack.given.items()}
        for back in self.all_backs:
            found |= self._of_weights(back)
        return found

    def _equation(self, result: Tensor, at: tuple[Var, ...], body: Expr) -> Equation:
        stack = self.stack
        layers = reversed(self.backs)
        deltas = (s for layer in layers for back in layer for s in stack.step.backward(back))
        arriving = [upstream(stack.y)] if self.reached["y"] else []
        arriving += [upstream(stack.final(x)) for x in stack.step.states if self.reached[x]]
        tensors = (*stack.tensors, *arriving)
        return Equation(gradient_of(result), at, body, tensors, (*stack.stages, *deltas))

    def _of_input(self) -> Equation:
        sequences = self.stack.sequences
        lead = sequences.rows_lead
        parts = [b.to_input(b.rows(), lead, FEATURE) for b in self.backs[0]]
        return self._equation(sequences.x, (*sequences.rows, FEATURE), add(*parts))

    def _of_state(self, letter: str, given: Tensor) -> Equation:
        sequences = self.stack.sequences
        values: list[Expr] = [
            back.earlier(letter)[back.run.first, *sequences.resorted, UNIT]
            for back in self.all_backs
        ]
        at = (LAYER, *sequences.sample, UNIT)
        return self._equation(given, at, by_place(values))

    def _of_weights(self, back: Backward) -> dict[str, Equation]:
        run, here = back.run, back.run.here
        rows, state_rows = here(back.rows(), ROW), here(self.stack.step.state_rows(back), ROW)
        before = run.before("h", BEFORE)
        assert before is not None
        bodies: dict[str, tuple[tuple[Var, ...], Expr]] = {
            "weight_ih": ((ROW, FEATURE), rows * run.read(FEATURE)),
            "weight_hh": ((ROW, BEFORE), state_rows * before),
            "bias_ih": ((ROW,), rows),
            "bias_hh": ((ROW,), state_rows),
        }
        if run.projected:
            narrow, wide = here(back.state("h"), OUTPUT), here(run.unprojected, UNIT)
            bodies["weight_hr"] = ((OUTPUT, UNIT), narrow * wide)
        return {
            weight.name: self._equation(weight, bodies[kind][0], self._in_all(bodies[kind][1]))
            for kind, weight in run.weights.items()
        }

    def _in_all(self, body: Expr) -> Expr:
        """The sum over all steps of all samples."""
        sequences = self.stack.sequences
        pairs = zip(sequences.lead, sequences.lengths, strict=True)
        return total([v.over(n) for v, n in pairs], body, sequences.present)

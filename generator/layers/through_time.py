r"""Back-propagation through time: the gradients of one layer in one direction.

P. J. Werbos, Backpropagation through time: what it does and how to do it, Proc. IEEE 78(10), 1990.
δ^h_t is ∂L/∂h_t by all ways: from above, from the loss itself at the last step, and from the step
that reads h_t. δ of a gate is ∂L by what its function is applied to. All run from the last step to
the first; beyond the last there is nothing, 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from generator.formula.build import bracket, cases, equal, total
from generator.formula.tree import (
    Case,
    Cases,
    Compare,
    Expr,
    Like,
    Num,
    Range,
    Stage,
    Tensor,
    add,
    expr,
)
from generator.layers.recurrence import ROW, STATES, UNIT, H, Run, times
from generator.layers.sequences import STEP

_DELTA = r"\delta"


@dataclass(frozen=True)
class Backward:
    """What flows back through one run; `above` and `final` are the gradients that arrive.

    `above` is that of the run's output at a step, by unit j; `final` those of the final states, by
    letter. Absent ones do not arrive.
    """

    run: Run
    above: Expr | None
    final: Mapping[str, Expr]

    def quantity(
        self, name: str, up: str, units: Expr, meaning: str, *, edge: bool = False
    ) -> Tensor:
        """A δ; `edge`: 0 beyond the steps."""
        return self.run.quantity(f"delta_{name}", _DELTA, units, meaning, up, edge=edge)

    def state(self, letter: str) -> Tensor:
        """∂L/∂h_t or ∂L/∂c_t."""
        units = self.run.units if letter == "h" else H
        meaning = f"derivative of the loss with respect to the {STATES[letter]}"
        return self.quantity(letter, letter, units, meaning)

    def earlier(self, letter: str) -> Tensor:
        """∂L by the state before the step, through this step alone."""
        units = self.run.units if letter == "h" else H
        meaning = f"derivative of the loss with respect to the {STATES[letter]} before the step"
        return self.quantity(f"{letter}_before", f"{letter}-", units, meaning, edge=True)

    def gate(self, letter: str) -> Tensor:
        """∂L by what the gate's function is applied to."""
        what = f"what the function of gate {letter} is applied to"
        meaning = f"derivative of the loss with respect to {what}"
        return self.quantity(letter, letter, H, meaning)

    def rows(self, name: str = "rows", up: str = "") -> Tensor:
        """The gates' δ, one below the other as the weights' rows."""
        meaning = "the gates' derivatives in the order of the weights' rows"
        return self.quantity(name, up, times(self.run.gates), meaning)

    def arriving(self, letter: str) -> list[Expr]:
        """What reaches the state itself: at the last step, and from the step that reads it."""
        run, found = self.run, []
        final = self.final.get(letter)
        if not run.sequences.timed:
            return [] if final is None else [final]
        if final is not None:
            found.append(bracket(equal(STEP, run.last)) * final)
        return [*found, self.earlier(letter)[*run.later, UNIT]]

    def hidden(self) -> Stage:
        """δ^h."""
        above = [] if self.above is None else [self.run.sequences.only_present(self.above)]
        terms = [*above, *self.arriving("h")]
        return self.stage(self.state("h"), add(*terms) if terms else Num(0))

    def cell(self, shown: Expr) -> Stage:
        """δ^c; `shown` is what comes through the hidden state."""
        shown = self.run.sequences.only_present(shown)
        return self.stage(self.state("c"), add(shown, *self.arriving("c")))

    def stage(self, tensor: Tensor, body: Like) -> Stage:
        """The stage of a δ, from the last step to the first."""
        return self.run.stage(tensor, expr(body), back=True)

    def stacked(self, gates: Sequence[Tensor], tensor: Tensor) -> Stage:
        """The rows' δ: each gate's in its place."""
        values = [
            self.run.here(gate, ROW - times(place) if place else ROW)
            for place, gate in enumerate(gates)
        ]
        lines = [
            Case(Compare("<", ROW, times(place + 1)), value)
            for place, value in enumerate(values[:-1])
        ]
        return self.run.stage(tensor, Cases(tuple(lines), values[-1]), back=True, unit=ROW)

    def through_weights(self, rows: Tensor) -> Expr:
        """Σ_u δ_u U_{u,j}: what the gates send back to the state before."""
        U = self.run.weight("weight_hh")
        return total(self.row_span, self.run.here(rows, ROW) * U[ROW, UNIT])

    @property
    def row_span(self) -> Range:
        """All rows of the gates' weights."""
        return ROW.over(times(self.run.gates))

    def passed(self, letter: str, value: Expr) -> Stage:
        """δ of the state before; where the sample has no such step, all goes past it."""
        present = self.run.sequences.present
        if present is not None:
            value = cases((present, value), otherwise=self.run.here(self.state(letter)))
        return self.stage(self.earlier(letter), value)

    def to_input(self, rows: Tensor, lead: Sequence[Expr], feature: Expr) -> Expr:
        """Σ_u δ_u W_{u,m}: what the gates send to the input's feature."""
        W = self.run.weight("weight_ih")
        return total(self.row_span, rows[*lead, ROW] * W[ROW, feature])

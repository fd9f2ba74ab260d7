"""One layer of a recurrent network in one direction: its tensors, symbols and shared formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from generator.formula.build import cases, equal, total
from generator.formula.tree import (
    Expr,
    Like,
    Outside,
    Read,
    Stage,
    Sym,
    Tensor,
    Var,
    When,
    add,
    expr,
)
from generator.layers.sequences import STEP, Sequences, T

H = Sym("H", "H", "hidden size: units of each gate")
P = Sym("P", "P", "projected size: numbers of the hidden state")
D = Sym("D", "D", "number of layers times directions")

UNIT, BEFORE, FEATURE, OUTPUT = Var("j"), Var("k"), Var("m"), Var("q")
ROW, LAYER = Var("u"), Var("l")
STATES = {"h": "hidden state", "c": "cell state"}
INDICES = {
    "j": "unit of the state",
    "k": "unit of the state before",
    "m": "input feature",
    "u": "row of the gates' weights",
    "l": "layer and direction",
    "p": "row of the data",
    "v": "time step",
    "q": "output feature",
}


def times(gates: int) -> Expr:
    """The rows of so many gates."""
    return H if gates == 1 else gates * H


@dataclass(frozen=True)
class Run:
    """One layer in one direction.

    `lead` are the indices of a step of a sample, (t, s) with as many of them as there are. The
    weights have one row for each unit of each gate, gate after gate.
    """

    sequences: Sequences
    suffix: str
    """As in torch's names, `_l0_reverse`."""
    arrow: str
    """LaTeX command over each symbol for its direction, `\\overleftarrow`; empty for one alone."""
    mark: str
    """Superscript of each symbol for its layer, `(1)`; empty for one alone."""
    reverse: bool
    gates: int
    bias: bool
    features: Sym
    """Numbers of its input at each step."""
    read: Callable[[Like], Expr]
    """Its input at a step, by feature."""
    initial: Mapping[str, Callable[[Var], Expr]]
    """The given initial states by letter, `h` and `c`, and by unit; absent where they are zero."""
    projected: bool = False
    names: Mapping[str, str] | None = None
    """Names of the weights in the call where they are not torch's for layers."""

    @property
    def lead(self) -> tuple[Var, ...]:
        """Indices of one step of one sample."""
        return self.sequences.lead

    @property
    def units(self) -> Sym:
        """Numbers of the hidden state."""
        return P if self.projected else H

    @property
    def first(self) -> Expr:
        """The step that reads the initial state."""
        return T - 1 if self.reverse else expr(0)

    @property
    def earlier(self) -> tuple[Expr, ...]:
        """The step whose state this one reads."""
        return self.sequences.at(STEP + 1 if self.reverse else STEP - 1)

    @property
    def later(self) -> tuple[Expr, ...]:
        """The step that reads this one's state."""
        return self.sequences.at(STEP - 1 if self.reverse else STEP + 1)

    @property
    def last(self) -> Expr:
        """The step whose state is the final one."""
        return expr(0) if self.reverse else T - 1

    def latex(self, letter: str, up: str = "") -> str:
        """A symbol of this layer and direction."""
        base = rf"{self.arrow}{{{letter}}}" if self.arrow else letter
        above = f"{up}{self.mark}"
        return f"{base}^{{{above}}}" if above else base

    def weight(self, kind: str) -> Tensor:
        """A weight or bias by torch's name without layer and direction, `weight_ih`."""
        letter, up, sizes, meaning = {
            "weight_ih": ("W", "", (times(self.gates), self.features), "weights of the input"),
            "weight_hh": ("U", "", (times(self.gates), self.units), "weights of the state before"),
            "bias_ih": ("b", "", (times(self.gates),), "bias beside the input's weights"),
            "bias_hh": ("d", "", (times(self.gates),), "bias beside the state's weights"),
            "weight_hr": ("V", "", (P, H), "weights of the projection"),
        }[kind]
        name = f"{kind}{self.suffix}" if self.names is None else self.names[kind]
        return Tensor(
            name, self.latex(letter, up), sizes, f"{meaning} ({name})", "parameter", label=name
        )

    @property
    def weights(self) -> dict[str, Tensor]:
        """All of its weights and biases, by torch's names without layer and direction."""
        kinds = ["weight_ih", "weight_hh"]
        kinds += ["bias_ih", "bias_hh"] if self.bias else []
        kinds += ["weight_hr"] if self.projected else []
        return {kind: self.weight(kind) for kind in kinds}

    def quantity(
        self, name: str, letter: str, units: Expr, meaning: str, up: str = "", *, edge: bool = False
    ) -> Tensor:
        """A stage's tensor: a number for each unit at each step; `edge`: 0 beyond the steps."""
        sizes = (*self.sequences.lengths, units)
        outside, said = None, meaning
        if edge:
            outside, said = Outside("constant"), f"{meaning}; 0 beyond the time steps"
        latex = self.latex(letter, up)
        return Tensor(f"{name}{self.suffix}", latex, sizes, said, "stage", outside, label=meaning)

    def stage(self, tensor: Tensor, body: Expr, *, back: bool = False, unit: Var = UNIT) -> Stage:
        """The stage of the tensor, along the steps; `back` from later ones to earlier ones."""
        along = 0 if self.sequences.timed else None
        direction = -1 if self.reverse != back else 1
        return Stage(tensor, (*self.lead, unit), body, along, direction)  # type: ignore[arg-type]

    def here(self, tensor: Tensor, unit: Like = UNIT) -> Read:
        """The quantity at this step."""
        return tensor[*self.lead, expr(unit)]

    def row(self, gate: int) -> Expr:
        """The row of the weights for unit j of a gate."""
        return times(gate) + UNIT if gate else UNIT

    def from_input(self, gate: int) -> Expr:
        """What the input adds to the gate."""
        W, b = self.weight("weight_ih"), self.weight("bias_ih")
        row = self.row(gate)
        products = total(FEATURE.over(self.features), self.read(FEATURE) * W[row, FEATURE])
        return products + When("bias", b[row]) if self.bias else products

    def from_state(self, gate: int) -> tuple[Expr, ...]:
        """What the state before adds to the gate; nothing where there is none."""
        U, d = self.weight("weight_hh"), self.weight("bias_hh")
        row = self.row(gate)
        state = self.before("h", BEFORE)
        found: list[Expr] = []
        if state is not None:
            found.append(total(BEFORE.over(self.units), state * U[row, BEFORE]))
        if self.bias:
            found.append(When("bias", d[row]))
        return tuple(found)

    def preactivation(self, gate: int) -> Expr:
        """W x + b + U h + d at unit j of a gate."""
        return add(self.from_input(gate), *self.from_state(gate))

    def state(self, letter: str) -> Tensor:
        """The hidden state h or the cell state c."""
        units = self.units if letter == "h" else H
        if not self.sequences.timed:
            return self.quantity(letter, f"{letter}'", units, f"next {STATES[letter]}")
        edge = letter not in self.initial
        return self.quantity(letter, letter, units, STATES[letter], edge=edge)

    @property
    def unprojected(self) -> Tensor:
        """An LSTM's hidden state before its projection."""
        meaning = "hidden state before the projection"
        return self.quantity("unprojected", r"\tilde{h}", H, meaning)

    def _previous(self, letter: str) -> Tensor:
        units = self.units if letter == "h" else H
        meaning = f"{STATES[letter]} before the step"
        return self.quantity(f"{letter}_before", letter, units, meaning, "-")

    def before(self, letter: str, unit: Var) -> Expr | None:
        """The state before this step; None for a cell that was given none."""
        if not self.sequences.timed:
            return self.initial[letter](unit) if letter in self.initial else None
        if letter in self.initial:
            return self.here(self._previous(letter), unit)
        # beyond the first step stands 0
        return self.state(letter)[*self.earlier, unit]

    def carried(self, letter: str) -> tuple[Stage, ...]:
        """The state before each step as a stage, where the first one was given."""
        if letter not in self.initial or not self.sequences.timed:
            return ()
        earlier = self.state(letter)[*self.earlier, BEFORE]
        body = cases((equal(STEP, self.first), self.initial[letter](BEFORE)), otherwise=earlier)
        return (self.stage(self._previous(letter), body, unit=BEFORE),)

    def kept(self, value: Expr, letter: str) -> Expr:
        """The new state; where the sample has no such step the state before stays."""
        present = self.sequences.present
        if present is None:
            return value
        stays = self.before(letter, UNIT)
        assert stays is not None
        return cases((present, value), otherwise=stays)

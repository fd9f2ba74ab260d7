"""A single step of a recurrent layer, as nn.RNNCell, nn.LSTMCell and nn.GRUCell make it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Stage, Tensor, Var
from generator.layers.dtypes import refuse_types
from generator.layers.recurrence import (
    BEFORE,
    FEATURE,
    INDICES,
    ROW,
    STATES,
    UNIT,
    H,
    Run,
)
from generator.layers.recurrent import Step
from generator.layers.recurrent_layers import WEIGHT_AXES, given_states
from generator.layers.recurrent_words import TWO_BIASES
from generator.layers.registry import Call, Formula, Note, Output, Size
from generator.layers.sequences import I, Sequences
from generator.layers.tensors import gradient_of, upstream
from generator.layers.through_time import Backward

_FUNCTIONAL = {"weight_ih": "w_ih", "weight_hh": "w_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}


@dataclass(frozen=True)
class Cell:
    """One step of one call."""

    step: Step
    run: Run
    given: Mapping[str, Tensor]
    """The states before the step by letter."""
    reached: Mapping[str, bool]
    """Whether a gradient arrives at each new state."""

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All that the forward equations read."""
        return (self.run.sequences.x, *self.run.weights.values(), *self.given.values())

    @property
    def at(self) -> tuple[Var, ...]:
        """The indices of a state."""
        return (*self.run.lead, UNIT)

    def output(self, letter: str) -> Tensor:
        """The new state as what the call returns."""
        place = self.step.states.index(letter)
        name = f"output_{place}" if place else "output"
        sizes = (*self.run.sequences.batch, H)
        return Tensor(name, f"{letter}'", sizes, f"next {STATES[letter]}", "result")

    def forward(self, letter: str) -> Equation:
        """The new state; the other one is a stage where it is read."""
        stages = self.step.forward(self.run)
        body, others = _taken(stages, self.run.state(letter))
        return Equation(self.output(letter), self.at, body, self.tensors, others)

    @property
    def back(self) -> Backward:
        """The gradients of the step."""
        arriving = {
            letter: upstream(self.output(letter))[self.at]
            for letter in self.step.states
            if self.reached[letter]
        }
        return Backward(self.run, None, arriving)

    def gradients(self) -> dict[str, Equation]:
        """Of the input, the states before and every weight, by name."""
        back, run, here = self.back, self.run, self.run.here
        rows, state_rows = here(back.rows(), ROW), here(self.step.state_rows(back), ROW)
        before = run.before("h", BEFORE)
        lead = run.lead
        found = {
            "input": self._equation(
                run.sequences.x, (*lead, FEATURE), back.to_input(back.rows(), lead, FEATURE)
            )
        }
        for letter, tensor in self.given.items():
            body, _ = _taken(self.step.backward(back), back.earlier(letter))
            found[tensor.name] = self._equation(tensor, self.at, body)
        bodies: dict[str, tuple[tuple[Var, ...], Expr]] = {
            "weight_ih": ((ROW, FEATURE), self._in_all(rows * run.read(FEATURE))),
            "weight_hh": (
                (ROW, BEFORE),
                # the state before is zero, and so is what its weights get
                Num(0) if before is None else self._in_all(state_rows * before),
            ),
            "bias_ih": ((ROW,), self._in_all(rows)),
            "bias_hh": ((ROW,), self._in_all(state_rows)),
        }
        for kind, weight in run.weights.items():
            found[weight.name] = self._equation(weight, *bodies[kind])
        return found

    def _equation(self, result: Tensor, at: tuple[Var, ...], body: Expr) -> Equation:
        arriving = (upstream(self.output(x)) for x in self.step.states if self.reached[x])
        stages = (*self.step.forward(self.run), *self.step.backward(self.back))
        return Equation(gradient_of(result), at, body, (*self.tensors, *arriving), stages)

    def _in_all(self, body: Expr) -> Expr:
        """The sum over the batch where there is one."""
        sequences = self.run.sequences
        pairs = zip(sequences.sample, sequences.batch, strict=True)
        return total([v.over(n) for v, n in pairs], body) if sequences.batched else body


def _taken(stages: Iterable[Stage], tensor: Tensor) -> tuple[Expr, tuple[Stage, ...]]:
    """The body of one stage, and the other stages."""
    found = tuple(stages)
    body = next(s.body for s in found if s.tensor == tensor)
    return body, tuple(s for s in found if s.tensor != tensor)


def explained(
    call: Call, step: Step, kind: str, *, added: int, notes: tuple[Note, ...] = ()
) -> Formula:
    """The explanation of one step; `added` as for a whole layer."""
    refuse_types(call)
    cell = _cell(call, step)
    shape, hidden = call.shape(), call.outputs[0].shape[-1]
    first, *others = step.states
    axes = (*cell.run.sequences.axes("feature"),)
    features = shape[-1] + (hidden if cell.given else 0)
    return Formula(
        summary=_summary(cell, kind, shape[-1], hidden),
        forward=cell.forward(first),
        others=tuple(Output(f"{x}'", cell.forward(x), axes) for x in others),
        gradients=cell.gradients(),
        settings={**cell.run.sequences.settings(call), "H": hidden, "bias": cell.run.bias},
        axes={
            "input": cell.run.sequences.axes("feature"),
            "output": axes,
            **{tensor.name: axes for tensor in cell.given.values()},
            **{w.name: WEIGHT_AXES[k] for k, w in cell.run.weights.items()},
        },
        sizes=(Size("feature", "H", H),),
        multiply_adds=math.prod(shape[:-1]) * hidden * (step.gates * features + added),
        notes=(*notes, *((TWO_BIASES,) if cell.run.bias else ())),
        indices=INDICES,
    )


def _cell(call: Call, step: Step) -> Cell:
    sequences = Sequences(len(call.shape()) == 2, False, False, False, timed=False)
    names = {kind: kind for kind in _FUNCTIONAL} if call.module else _FUNCTIONAL
    given = {
        letter: Tensor(
            name,
            letter,
            (*sequences.batch, H),
            f"{STATES[letter]} before the step",
            label=STATES[letter].title(),
        )
        for letter, name in given_states(call, step).items()
    }
    run = Run(
        sequences=sequences,
        suffix="",
        arrow="",
        mark="",
        reverse=False,
        gates=step.gates,
        bias=names["bias_ih"] in call.tensors,
        features=I,
        read=sequences.read,
        initial={letter: _reader(tensor, sequences) for letter, tensor in given.items()},
        names=names,
    )
    return Cell(step, run, given, dict(zip(step.states, call.reached, strict=True)))


def _reader(given: Tensor, sequences: Sequences) -> Callable[[Var], Expr]:
    return lambda unit: given[*sequences.sample, unit]


def _summary(cell: Cell, kind: str, features: int, hidden: int) -> str:
    before = "the state before" if cell.given else "a state of zeros, as none was given,"
    many = "feature" if features == 1 else "features"
    units = "hidden unit" if hidden == 1 else "hidden units"
    return f"One step of {kind}: {features} input {many} and {before} give {hidden} {units}."

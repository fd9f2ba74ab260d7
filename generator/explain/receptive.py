"""The receptive field in the model's inputs: what one element of a step's output depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from generator.capture.records import Recording, Step, Value, operands, values
from generator.explain.bound import BoundStep
from generator.explanation import FieldAxis, ReceptiveField
from generator.formula.spans import spans
from generator.formula.stretches import Span, Spans, either, fixed, index, through
from generator.formula.tree import Equation

_Fields = dict[str, Spans]
"""By the name of the model's input; inputs on which a value does not depend are not there."""


@dataclass
class Fields:
    """The receptive fields of all values of a run, step by step in its order."""

    inputs: Mapping[str, Value]
    _known: dict[int, _Fields] = field(default_factory=dict)
    """By the value's id."""

    @classmethod
    def of(cls, recording: Recording) -> Fields:
        """Those of the model's inputs themselves, to begin with."""
        found = cls(recording.inputs)
        for name, value in recording.inputs.items():
            rank = len(value.shape)
            own = tuple(index(axis, length, rank) for axis, length in enumerate(value.shape))
            found._known[value.id] = {name: own}
        return found

    def explained(self, ready: BoundStep) -> tuple[ReceptiveField, ...]:
        """Go through a step with a formula; the fields of its first output's elements."""
        formula = ready.formula
        equations = (formula.forward, *(other.equation for other in formula.others))
        for value, equation in zip(values(ready.step.outputs), equations, strict=False):
            if equation is None or len(value.shape) != len(equation.indices):
                # pairs of real numbers have an axis more than the complex tensor that is recorded
                self._put(value, self._anywhere(value, _read(ready.step)))
            else:
                self._put(value, self._behind(ready, ready.configured(equation)))
        first = next(values(ready.step.outputs))
        return tuple(self._shown(first))

    def unexplained(self, step: Step) -> None:
        """Go through a step without a formula, whose outputs may depend on all that it reads."""
        for value in values(step.outputs):
            self._put(value, self._anywhere(value, _read(step)))

    def _put(self, value: Value, found: _Fields) -> None:
        self._known.setdefault(value.id, found)

    def _behind(self, ready: BoundStep, equation: Equation) -> _Fields:
        found: _Fields = {}
        for name, where in spans(equation).items():
            operand = ready.operands.get(name)
            if operand is None:
                continue
            fields = self._known.get(operand.value.id, {})
            for key, inner in fields.items():
                rank = len(equation.indices)
                if len(where) == len(operand.value.shape):
                    reached = through(inner, where, rank)
                else:
                    reached = self._all(key, rank)
                found[key] = either(found.get(key), reached)
        return found

    def _anywhere(self, value: Value, read: Iterable[Value]) -> _Fields:
        names = dict.fromkeys(name for one in read for name in self._known.get(one.id, {}))
        return {name: self._all(name, len(value.shape)) for name in names}

    def _all(self, name: str, rank: int) -> Spans:
        """All of an input, for every element of a value of so many axes."""
        return tuple(fixed(0, length - 1, rank) for length in self.inputs[name].shape)

    def _shown(self, value: Value) -> Iterable[ReceptiveField]:
        """The fields of a tensor's elements; none of a single number, which may be of all."""
        if value.data.numel() == 1:
            return
        for name, where in self._known.get(value.id, {}).items():
            shape = self.inputs[name].shape
            # an axis that moves the field along several of the input's moves it unevenly
            several = {
                a for a in range(len(value.shape)) if sum(a in s.moving() for s in where) > 1
            }
            axes = tuple(_axis(s, n, several) for s, n in zip(where, shape, strict=True))
            yield ReceptiveField(name, axes)


def _read(step: Step) -> Iterable[Value]:
    own = (*step.parameters.values(), *step.buffers.values())
    return (o.value for o in (*operands(step.args), *operands(step.kwargs), *own))


def _axis(span: Span, extent: int, several: Collection[int]) -> FieldAxis:
    if span.longest >= extent:
        return FieldAxis(extent, extent, 0.0)
    moves = span.moving()
    if len(moves) != 1 or moves & {*several}:
        return FieldAxis(span.longest, extent, 0.0)
    step = abs(span.steps.get(next(iter(moves)), 0.0))
    return FieldAxis(span.longest, extent, step if _moves(span, step) else 0.0)


def _moves(span: Span, step: float) -> bool:
    """Whether two neighbours that no border cuts off are so far apart."""
    low, high = span.low.ravel(), span.high.ravel()
    least = span.longest - (0 if step.is_integer() else 1)
    full = high - low + 1 >= least
    apart = abs(low[1:] - low[:-1])
    return bool((full[1:] & full[:-1] & (abs(apart - step) < 1)).any())

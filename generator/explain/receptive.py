"""The receptive field in the model's inputs: what one element of a step's output depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from generator.capture.records import Recording, Step, Value, operands, values
from generator.explain.bound import BoundStep
from generator.explanation import FieldAxis, ReceptiveField
from generator.formula.spans import Span, Spans, either, spans, through
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
        one = (Fraction(1), Fraction(0), Fraction(0))
        for name, value in recording.inputs.items():
            axes = range(len(value.shape))
            step, low, high = one
            found._known[value.id] = {name: tuple(Span(((a, step),), low, high) for a in axes)}
        return found

    def explained(self, ready: BoundStep) -> tuple[ReceptiveField, ...]:
        """Go through a step with a formula; the fields of its first output's elements."""
        formula = ready.formula
        equations = (formula.forward, *(other.equation for other in formula.others))
        for value, equation in zip(values(ready.step.outputs), equations, strict=False):
            if equation is None or len(value.shape) != len(equation.indices):
                # pairs of real numbers have an axis more than the complex tensor that is recorded
                self._put(value, self._anywhere(_read(ready.step)))
            else:
                self._put(value, self._behind(ready, ready.configured(equation)))
        first = next(values(ready.step.outputs))
        return tuple(self._shown(first))

    def unexplained(self, step: Step) -> None:
        """Go through a step without a formula, whose outputs may depend on all that it reads."""
        for value in values(step.outputs):
            self._put(value, self._anywhere(_read(step)))

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
                fits = len(where) == len(operand.value.shape)
                reached = through(inner, where) if fits else (None,) * len(inner)
                found[key] = either(found.get(key), reached)
        return found

    def _anywhere(self, read: Iterable[Value]) -> _Fields:
        known = (self._known.get(value.id, {}) for value in read)
        return {name: (None,) * len(where) for one in known for name, where in one.items()}

    def _shown(self, value: Value) -> Iterable[ReceptiveField]:
        """The fields of a tensor's elements; none of a single number, which may be of all."""
        if value.data.numel() == 1:
            return
        for name, where in self._known.get(value.id, {}).items():
            shape = self.inputs[name].shape
            axes = tuple(_axis(span, n) for span, n in zip(where, shape, strict=True))
            yield ReceptiveField(name, axes)


def _read(step: Step) -> Iterable[Value]:
    own = (*step.parameters.values(), *step.buffers.values())
    return (o.value for o in (*operands(step.args), *operands(step.kwargs), *own))


def _axis(span: Span | None, extent: int) -> FieldAxis:
    if span is None or span.most >= extent:
        return FieldAxis(extent, extent, 0.0)
    (moved, *others) = [float(step) for _, step in span.steps] or [0.0]
    return FieldAxis(max(span.most, 0), extent, 0.0 if others else abs(moved))

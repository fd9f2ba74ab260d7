"""What every page of a model needs to know of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.capture.records import Operand, Recording, Step, Value, operands, values
from generator.explain.axis_names import Names
from generator.explain.bound import Prepared, bound
from generator.explain.paths import Paths
from generator.explain.receptive import Fields
from generator.explanation import Link
from generator.layers.registry import Refused, lookup


@dataclass(frozen=True, eq=False)
class Use:
    """One step's use of a value."""

    step: Step
    operand: Operand


@dataclass(frozen=True)
class Context:
    """A recording with the pages of its steps, and who reads what."""

    recording: Recording
    paths: Paths
    title: str
    elements: Mapping[str, tuple[int, ...]]
    decimals: int
    uses: Mapping[int, tuple[Use, ...]]
    """Who reads a value, by the value's id; a step that tells several operands apart, several
    times."""
    fields: Fields
    """What the values so far depend on in the model's inputs."""
    formulas: dict[str, Prepared] = field(default_factory=dict)
    """The formulas of the calls so far, by the call's text."""
    axes: Mapping[int, Names] = field(default_factory=dict)
    """What the axes of each step's tensors are called, by the step's index."""
    summed: dict[int, Link] = field(default_factory=dict)
    """Where the gradient of what several steps read is summed, by the value's id, so far."""
    parts: dict[int, str] = field(default_factory=dict)
    """The symbol of what comes back through an operand, by the operand's identity, where it is no
    more than a part of the gradient of what it reads."""

    def step_link(self, step: Step) -> Link:
        """The step's page."""
        return Link(display(step), type_title(step.type), self.paths.place(step))

    def origin(self, value: Value) -> tuple[str, Link | None]:
        """Where a value comes from, in words, with the page that made it."""
        if value.origin == "step" and value.step is not None:
            step = self.recording.steps[value.step]
            which = "an" if len([*values(step.outputs)]) > 1 else "the"
            return f"{which} output of {display(step)}", self.step_link(step)
        index = Link(f"the model's input {value.name}", "model", self.paths.index)
        if value.origin == "constant":
            return self._constant(value), None
        words = {
            "input": f"the model's input {value.name}",
            "parameter": f"the parameter {value.name}",
            "buffer": f"the buffer {value.name}",
        }
        return words[value.origin], index if value.origin == "input" else None

    def _constant(self, value: Value) -> str:
        """What a tensor is that is no input, no parameter and no output of a step."""
        steps = [use.step for use in self.uses.get(value.id, ())]
        if not steps or any(step.kind != "loss" for step in steps):
            return "a constant of the model"
        if all(self._target(step) is value for step in steps):
            return "the target that the loss brings along"
        return "a tensor that the loss brings along"

    def _target(self, step: Step) -> Value | None:
        """What a loss takes as its target."""
        try:
            found = bound(step, self.formulas).operands.get("target")
        except Refused:
            return None
        return None if found is None else found.value

    def senders(self, value: Value) -> tuple[Link, ...]:
        """The pages of the steps that sent back a part of the value's gradient."""
        found = [use.step for use in self.uses.get(value.id, ()) if _sent(use.operand)]
        return tuple(dict.fromkeys(map(self.step_link, found))) or self.readers(value)

    def read_inside(self, value: Value, scope: str) -> bool:
        """Whether a step inside of a container reads the value."""
        scopes = (use.step.scope for use in self.uses.get(value.id, ()))
        return any(own == scope or own.startswith(f"{scope}.") for own in scopes)

    def readers(self, value: Value) -> tuple[Link, ...]:
        """The pages of the steps that read the value."""
        readers = (use.step for use in self.uses.get(value.id, ()))
        return tuple(self.step_link(step) for step in dict.fromkeys(readers))


def uses_of(recording: Recording) -> dict[int, tuple[Use, ...]]:
    """The uses of each value, by the value's id, in the order of the run; each operand once."""
    found: dict[int, list[Use]] = {}
    for step in recording.steps:
        for operand in {id(o): o for o in _all(step)}.values():
            found.setdefault(operand.value.id, []).append(Use(step, operand))
    return {key: tuple(uses) for key, uses in found.items()}


def display(step: Step) -> str:
    """The step's name for a reader, with the call's number where it was called again."""
    return f"{step.name} (call {step.call + 1})" if step.call else step.name


def type_title(name: str) -> str:
    """A type's name for a reader: `Conv2d`, `relu`."""
    rule = lookup(name)
    return rule.title if rule is not None else name.rpartition(".")[2]


def _sent(operand: Operand) -> bool:
    return operand.grad is not None or not operand.separate


def _all(step: Step) -> list[Operand]:
    return [*operands(step.args), *operands(step.kwargs), *step.parameters.values()]

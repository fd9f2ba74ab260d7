"""What every page of a model needs to know of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generator.capture.records import Operand, Recording, Step, Value, operands
from generator.explain.paths import Paths
from generator.explanation import Link
from generator.layers.registry import lookup


@dataclass(frozen=True)
class Context:
    """A recording with the pages of its steps, and who reads what."""

    recording: Recording
    paths: Paths
    title: str
    elements: Mapping[str, tuple[int, ...]]
    decimals: int
    consumers: Mapping[int, tuple[Step, ...]]
    """Steps that read a value, by the value's id."""

    def step_link(self, step: Step) -> Link:
        """The step's page."""
        return Link(display(step), type_title(step.type), self.paths.step(step))

    def origin(self, value: Value) -> tuple[str, Link | None]:
        """Where a value comes from, in words, with the page that made it."""
        if value.origin == "step" and value.step is not None:
            step = self.recording.steps[value.step]
            return f"the output of {display(step)}", self.step_link(step)
        index = Link(f"the model's input {value.name}", "model", self.paths.index)
        words = {
            "input": f"the model's input {value.name}",
            "parameter": f"the parameter {value.name}",
            "buffer": f"the buffer {value.name}",
        }
        link = index if value.origin == "input" else None
        return words.get(value.origin, "a constant of the model"), link

    def readers(self, value: Value) -> tuple[Link, ...]:
        """The pages of the steps that read the value."""
        return tuple(self.step_link(s) for s in self.consumers.get(value.id, ()))


def consumers(recording: Recording) -> dict[int, tuple[Step, ...]]:
    """The steps that read each value, by the value's id, in order, each once."""
    found: dict[int, list[Step]] = {}
    for step in recording.steps:
        for operand in _all(step):
            readers = found.setdefault(operand.value.id, [])
            if not readers or readers[-1] is not step:
                readers.append(step)
    return {key: tuple(steps) for key, steps in found.items()}


def display(step: Step) -> str:
    """The step's name for a reader, with the call's number where it was called again."""
    return f"{step.name} (call {step.call + 1})" if step.call else step.name


def type_title(name: str) -> str:
    """A type's name for a reader: `Conv2d`, `relu`."""
    rule = lookup(name)
    return rule.title if rule is not None else name.rpartition(".")[2]


def _all(step: Step) -> list[Operand]:
    return [*operands(step.args), *operands(step.kwargs), *step.parameters.values()]

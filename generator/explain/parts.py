"""What lies in which container: the steps of a recording as a tree, walked through once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeGuard

from generator.capture.records import Container, Recording, Step, parameters
from generator.explain.context import Context
from generator.explanation import Link, Part, Status, StepPage

_ORDER: tuple[Status, ...] = ("verified", "mismatch", "unexplained", "given")


def counts(pages: Iterable[StepPage]) -> tuple[tuple[Status, int], ...]:
    """How many values have each verdict, those that none has left out."""
    return _ordered(Counter(verdict.status for page in pages for verdict in page.verdicts))


def _ordered(found: Counter[Status]) -> tuple[tuple[Status, int], ...]:
    return tuple((status, found[status]) for status in _ORDER if found[status])


@dataclass
class _Sums:
    """What all steps inside a container come to."""

    multiply_adds: int = 0
    verdicts: Counter[Status] = field(default_factory=Counter)
    parameters: dict[int, int] = field(default_factory=dict)
    """Elements of each parameter that they read, by its id."""


@dataclass(frozen=True)
class Neighbours:
    """What stands before and behind a container in the order of the run, outside of it."""

    previous: Link | None = None
    next: Link | None = None


class Parts:
    """The containers of a recording, each with its parts in the order of their run."""

    def __init__(self, context: Context, pages: Sequence[StepPage]) -> None:
        self._context = context
        self._containers = {c.name: c for c in context.recording.containers}
        self._sums = {name: _Sums() for name in self._containers}
        self._inside: dict[str, list[Step | Container]] = {name: [] for name in self._containers}
        self._placed = {"": ""}
        """In which container each one has its place, at its first step."""
        self._pages = {step.index: page for step, page in self._paired(pages)}
        self._fill(context.recording)

    def _paired(self, pages: Sequence[StepPage]) -> Iterator[tuple[Step, StepPage]]:
        return zip(self._context.recording.steps, pages, strict=True)

    def _fill(self, recording: Recording) -> None:
        for step in recording.steps:
            around = list(self.around(step.scope))
            for above, below in pairwise(around):
                self._place(below, above)
            if step.scope == around[-1]:
                self._inside[step.scope].append(step)
            for name in around[1:]:
                self._count(step, self._sums[name])
        for name, container in self._containers.items():
            # those in which nothing was computed, or whose own place is elsewhere
            inside = {one.name for one in self._inside[name] if isinstance(one, Container)}
            for below in container.children:
                if below in self._containers and below not in inside:
                    self._placed.setdefault(below, name)
                    self._inside[name].append(self._containers[below])

    def _place(self, below: str, above: str) -> None:
        if below not in self._placed:
            self._placed[below] = above
            self._inside[above].append(self._containers[below])

    def _own(self, found: Step | Container, name: str) -> TypeGuard[Container]:
        """Whether it is a container whose place is in that one."""
        return isinstance(found, Container) and self._placed[found.name] == name

    def _count(self, step: Step, sums: _Sums) -> None:
        page = self._pages[step.index]
        sums.multiply_adds += page.multiply_adds
        sums.verdicts.update(verdict.status for verdict in page.verdicts)
        for key, value in parameters(step).items():
            sums.parameters[key] = value.data.numel()

    def around(self, scope: str) -> Iterator[str]:
        """The names of the containers in which a scope lies, from the model's own inwards."""
        yield ""
        names = scope.split(".") if scope else []
        for length in range(1, len(names) + 1):
            name = ".".join(names[:length])
            if name in self._containers:
                yield name

    def of(self, container: Container, depth: int = 0) -> Iterator[Part]:
        """Everything inside it, nested containers at their first step."""
        for found in self._inside[container.name]:
            yield replace(self._part(found), depth=depth)
            if self._own(found, container.name):
                yield from self.of(found, depth + 1)

    def parameters(self, container: Container) -> int:
        """Parameters that its steps read, each once."""
        return sum(self._sums[container.name].parameters.values())

    def multiply_adds(self, container: Container) -> int:
        """Those of all of its steps."""
        return self._sums[container.name].multiply_adds

    def counts(self, container: Container) -> tuple[tuple[Status, int], ...]:
        """How many values of its steps have each verdict."""
        return _ordered(self._sums[container.name].verdicts)

    def neighbours(self) -> dict[str, Neighbours]:
        """What stands before and behind each container, by its name."""
        found = {"": Neighbours()}
        for name in self._walk(""):
            own, level = found[name], self._inside[name]
            links = [own.previous, *(self._part(one).link for one in level), own.next]
            for place, one in enumerate(level, 1):
                if self._own(one, name):
                    found[one.name] = Neighbours(links[place - 1], links[place + 1])
        return found

    def _walk(self, name: str) -> Iterator[str]:
        yield name
        for found in self._inside[name]:
            if self._own(found, name):
                yield from self._walk(found.name)

    def _part(self, found: Step | Container) -> Part:
        return self._step(found) if isinstance(found, Step) else self._container(found)

    def _step(self, step: Step) -> Part:
        page = self._pages[step.index]
        return Part(
            link=self._context.step_link(step),
            type=step.type,
            kind="step",
            input_shapes=page.input_shapes,
            output_shape=page.output_shape,
            parameters=page.parameters,
            multiply_adds=page.multiply_adds,
            counts=counts([page]),
            depth=0,
            function=step.kind == "function",
        )

    def _container(self, container: Container) -> Part:
        name = container.name
        return Part(
            link=Link(name, container.type, self._context.paths.container(name)),
            type=container.type,
            kind="container",
            input_shapes=tuple(
                v.shape for v in container.inputs if self._context.read_inside(v, name)
            ),
            output_shape=container.outputs[0].shape if container.outputs else (),
            parameters=self.parameters(container),
            multiply_adds=self.multiply_adds(container),
            counts=self.counts(container),
            depth=0,
        )

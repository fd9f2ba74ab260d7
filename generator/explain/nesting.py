"""The run as calls within calls: the model, the containers that it called, their steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from generator.capture.records import Container, Recording, Step

Key = tuple[str, int]


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a container with what ran in it, or one step.

    It covers the steps of the run from `first` up to, but not with, `end`.
    """

    name: str
    type: str
    call: int
    """0 for the first."""
    calls: int
    """How often it was called in the run."""
    first: int
    end: int
    step: Step | None
    container: Container | None
    inside: tuple[Call, ...]


def nested(recording: Recording) -> Call:
    """The model's own call."""
    containers = {c.name: c for c in recording.containers}
    calls = _calls(recording.steps)
    chains: dict[str, tuple[Container, ...]] = {}
    for step in recording.steps:
        if step.scope not in chains:
            chains[step.scope] = tuple(_chain(step.scope, containers))

    def key(step: Step, depth: int) -> Key | None:
        chain = chains[step.scope]
        if depth >= len(chain):
            return None
        container = chain[depth]
        return container.name, max(0, bisect_right(container.starts, step.index) - 1)

    def inside(steps: Sequence[Step], depth: int) -> tuple[Call, ...]:
        found: list[Call] = []
        for known, group in groupby(steps, _of(key, depth)):
            run = list(group)
            if known is None:
                found += (_step(step, calls[step.name]) for step in run)
                continue
            container = containers[known[0]]
            found.append(_container(container, known[1], run, inside(run, depth + 1)))
        return tuple(found)

    model = recording.containers[0]
    return _container(model, 0, recording.steps, inside(recording.steps, 0))


def first_calls(model: Call) -> dict[str, Call]:
    """The first call of each container, by its name."""
    found: dict[str, Call] = {}
    for call in _walk(model):
        if call.container is not None:
            found.setdefault(call.name, call)
    return found


def _walk(call: Call) -> Iterator[Call]:
    yield call
    for child in call.inside:
        yield from _walk(child)


def _of(key: Callable[[Step, int], Key | None], depth: int) -> Callable[[Step], Key | None]:
    return lambda step: key(step, depth)


def _chain(scope: str, containers: dict[str, Container]) -> Iterator[Container]:
    """The containers around a step, outermost first, without the model itself."""
    parts = scope.split(".") if scope else []
    for end in range(1, len(parts) + 1):
        found = containers.get(".".join(parts[:end]))
        if found is not None:
            yield found


def _calls(steps: Sequence[Step]) -> dict[str, int]:
    found: dict[str, int] = {}
    for step in steps:
        found[step.name] = found.get(step.name, 0) + 1
    return found


def _step(step: Step, calls: int) -> Call:
    return Call(step.name, step.type, step.call, calls, step.index, step.index + 1, step, None, ())


def _container(
    container: Container, call: int, run: Sequence[Step], inside: tuple[Call, ...]
) -> Call:
    return Call(
        name=container.name,
        type=container.type,
        call=call,
        calls=len(container.starts),
        first=run[0].index if run else 0,
        end=run[-1].index + 1 if run else 0,
        step=None,
        container=container,
        inside=inside,
    )

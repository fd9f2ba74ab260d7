"""Parameters, multiply-adds, magnitudes of activations and gradients across a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

import torch
from torch import Tensor

from generator.capture.records import Step, parameters, values
from generator.explain.context import Context
from generator.explain.distribution import Census, census
from generator.explanation import Level, Link, Magnitudes, Standing, StandsOut, StepPage

MOST_LEVELS = 60
"""Levels side by side; of more steps, as many as follow each other are one level."""
NAMED = 8
"""Steps of one kind that are named."""
ALIKE = 3
"""Steps that share a first place of which so many are named."""


@dataclass(frozen=True)
class _One:
    """One step."""

    link: Link
    parameters: int
    multiply_adds: int
    outputs: tuple[Census, ...]
    gradients: tuple[Census, ...]
    trained: bool
    """Whether a gradient can arrive at its outputs: a constant of zeros is not dead."""

    @property
    def output(self) -> float | None:
        """The largest root mean square of its outputs."""
        return max((c.rms for c in self.outputs), default=None)

    @property
    def gradient(self) -> float | None:
        """The same of the gradients that arrive there."""
        return max((c.rms for c in self.gradients), default=None)

    @property
    def silent(self) -> bool:
        """Whether all outputs are zero throughout."""
        return self.trained and _zero(self.outputs)

    @property
    def cut(self) -> bool:
        """Whether every gradient that arrives is zero throughout."""
        return _zero(self.gradients)

    @property
    def broken(self) -> bool:
        """Whether any of it is NaN or infinite."""
        return any(c.nan or c.infinite for c in (*self.outputs, *self.gradients))


def magnitudes(context: Context, pages: Sequence[StepPage]) -> Magnitudes | None:
    """Those of all steps but the loss'; None for less than two."""
    steps = [s for s in context.recording.steps if s.kind != "loss"]
    first = _first_read(steps)
    found = [_one(s, first[s.index], pages[s.index].multiply_adds, context) for s in steps]
    if len(found) < 2:
        return None
    size = -(-len(found) // MOST_LEVELS)
    groups = [found[k : k + size] for k in range(0, len(found), size)]
    return Magnitudes(
        tuple(map(_level, groups)),
        len(found),
        tuple(_standing(found)),
        parameters=sum(v.data.numel() for v in context.recording.parameters.values()),
        multiply_adds=sum(page.multiply_adds for page in pages),
    )


def _first_read(steps: Sequence[Step]) -> dict[int, int]:
    """Parameters of the model that each step is the first to read, whether its own or given."""
    found: dict[int, int] = {}
    seen: set[int] = set()
    for step in steps:
        own = parameters(step)
        found[step.index] = sum(v.data.numel() for key, v in own.items() if key not in seen)
        seen.update(own)
    return found


def _one(step: Step, parameters: int, multiply_adds: int, context: Context) -> _One:
    outputs = [v for v in values(step.outputs) if v.step == step.index]
    return _One(
        link=context.step_link(step),
        parameters=parameters,
        multiply_adds=multiply_adds,
        outputs=tuple(_counted(v.data for v in outputs)),
        gradients=tuple(_counted(v.grad for v in outputs)),
        trained=any(v.requires_grad for v in outputs),
    )


def _counted(tensors: Iterable[Tensor | None]) -> Iterator[Census]:
    for tensor in tensors:
        if tensor is None or not tensor.is_floating_point() or not tensor.numel():
            continue
        if tensor.layout is torch.strided and not tensor.is_quantized:
            yield census(tensor)


def _zero(found: Sequence[Census]) -> bool:
    return bool(found) and all(c.zeros == c.elements for c in found)


def _level(group: Sequence[_One]) -> Level:
    zeros = [c.zeros / c.elements for one in group for c in one.outputs]
    return Level(
        first=group[0].link,
        more=len(group) - 1,
        parameters=sum(one.parameters for one in group),
        multiply_adds=sum(one.multiply_adds for one in group),
        output=_ends([one.output for one in group]),
        gradient=_ends([one.gradient for one in group]),
        zeros=max(zeros, default=None),
        dead=any(one.silent for one in group),
        cut=any(one.cut for one in group),
        broken=any(one.broken for one in group),
    )


def _ends(found: Sequence[float | None]) -> tuple[float, float] | None:
    known = [value for value in found if value is not None]
    return (min(known), max(known)) if known else None


def _standing(found: Sequence[_One]) -> Iterator[Standing]:
    outputs = [(one.link, one.output) for one in found if one.output]
    gradients = [(one.link, one.gradient) for one in found if one.gradient]
    yield from _most("parameters", [(one.link, one.parameters) for one in found])
    yield from _most("multiply-adds", [(one.link, one.multiply_adds) for one in found])
    yield from _most("largest output", outputs)
    yield from _least("smallest output", outputs)
    yield from _most("largest gradient", gradients)
    yield from _least("smallest gradient", gradients)
    yield from _named("dead output", [one.link for one in found if one.silent])
    yield from _named("dead gradient", [one.link for one in found if one.cut])
    yield from _named("broken", [one.link for one in found if one.broken])


def _most(by: StandsOut, found: Sequence[tuple[Link, float]]) -> Iterator[Standing]:
    value = max((value for _, value in found), default=0.0)
    if value:
        links = [link for link, own in found if own == value]
        yield Standing(by, tuple(links[:ALIKE]), len(links[ALIKE:]), value=value)


def _least(by: StandsOut, found: Sequence[tuple[Link, float]]) -> Iterator[Standing]:
    if found:
        link, value = min(found, key=itemgetter(1))
        yield Standing(by, (link,), value=value)


def _named(by: StandsOut, links: Sequence[Link]) -> Iterator[Standing]:
    if links:
        yield Standing(by, tuple(links[:NAMED]), len(links[NAMED:]))

"""Capture beside a plain forward and backward pass: time, and memory at its peak."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from benchmarks.measure import Peak, alone, alternating, peak
from benchmarks.subjects import ARCHITECTURES, SMALL, Subject
from generator.capture import Recording, record
from generator.capture.trees import replaced, tensors
from generator.load import LoadedModel
from generator.recognition import draws, is_step

LEAST = 1 << 24
"""Below some megabytes a peak is the allocator's, not the run's."""


def plain(loaded: LoadedModel) -> None:
    """Run forward and backward as a user would, with gradients of inputs and parameters."""
    args: Any = replaced(loaded.args, _leaf)
    kwargs: Any = replaced(dict(loaded.kwargs), _leaf)
    output: Any = loaded.module(*args, **kwargs)
    loss: Any
    if loaded.loss is None:
        halves = [0.5 * y.square().sum() for y in tensors(output) if y.is_floating_point()]
        loss = sum(halves[1:], start=halves[0])
    else:
        loss = loaded.loss(output)
    loss.backward()
    loaded.module.zero_grad()


def _leaf(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone().requires_grad_(tensor.is_floating_point())


def captured(loaded: LoadedModel) -> Recording:
    """Run forward and backward with everything recorded."""
    return record(
        loaded.module,
        loaded.args,
        loaded.kwargs,
        loss=loaded.loss,
        is_step=is_step,
        draws=draws(),
        device=torch.device("cpu"),
    )


def capture_table(seconds: float) -> Iterator[str]:
    """Time and memory of capture over a plain forward and backward pass."""
    yield "| model | plain | capture | time | memory that the run adds | whole process |"
    yield "|---|---:|---:|---:|---:|---:|"
    for subject in (*SMALL, *ARCHITECTURES):
        yield _row(subject, seconds)


def _row(subject: Subject, seconds: float) -> str:
    times = alone(partial(_times, subject, seconds))
    ratio = times["capture"] / times["plain"]
    before, after = (alone(partial(peak, subject.make, run)) for run in (plain, captured))
    return (
        f"| {subject.name} | {1e3 * times['plain']:.2f} ms | {1e3 * times['capture']:.2f} ms "
        f"| {ratio:.2f} × | {_memory(before, after)} |"
    )


def _times(subject: Subject, seconds: float) -> dict[str, float]:
    loaded = subject.make()
    return alternating(
        {"plain": partial(plain, loaded), "capture": partial(captured, loaded)}, seconds
    )


def _memory(before: Peak, after: Peak) -> str:
    if before.added < LEAST:
        return "too small to tell | too small to tell"
    return f"{_change(before.added, after.added)} | {_change(before.process, after.process)}"


def _change(before: int, after: int) -> str:
    return f"{before / 1e6:,.0f} → {after / 1e6:,.0f} MB, {after / before:.2f} ×"

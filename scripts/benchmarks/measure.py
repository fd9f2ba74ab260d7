"""Time in turns, work in a process of its own, and the memory that a process takes at its peak."""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import torch

from benchmarks.subjects import Make
from generator.load import LoadedModel

T = TypeVar("T")


def alternating(runs: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    """Median seconds of each, run in turns so that the machine's noise meets them alike."""
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds or len(next(iter(times.values()))) < 5:
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def alone(work: Callable[[], T]) -> T:
    """What `work` gives in a fresh process of one thread, without torch's and others' warnings."""
    with get_context("spawn").Pool(1) as pool:
        found: T = pool.apply(_quietly, (work,))
    return found


def _quietly(work: Callable[[], T]) -> T:
    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()


@dataclass(frozen=True)
class Peak:
    """Bytes that a run takes at its peak; both 0 where not on Linux."""

    added: int
    """Over what the process took before the run, with the model in it."""
    process: int


def peak(make: Make, run: Callable[[LoadedModel], object]) -> Peak:
    """The peak of one run; to be measured in a fresh process."""
    if not sys.platform.startswith("linux"):
        return Peak(0, 0)
    loaded = make()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    kept = run(loaded)
    after = _status("VmHWM")
    del kept
    return Peak(after - before, after)


def _status(name: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return 1024 * int(line.split()[1])

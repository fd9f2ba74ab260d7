"""Everything up to the Markdown on disk: beside TorchLens, and in proportion to the steps."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import generator
from benchmarks.measure import alone
from benchmarks.subjects import ARCHITECTURES, BLOCKS, ROOT, Make, Subject, blocks
from generator.explanation import Seconds
from generator.load import LoadedModel


@dataclass(frozen=True)
class Book:
    """What one model's pages cost and came to."""

    total: float
    """Seconds for everything, writing included."""
    stages: Seconds
    steps: int
    pages: tuple[int, ...]
    """Bytes of each Markdown page."""


def document(loaded: LoadedModel) -> Book:
    """Build a model's pages in an empty folder, as `layerbook build` does in one process."""
    with tempfile.TemporaryDirectory() as folder:
        docs = Path(folder, "docs")
        start = time.perf_counter()
        report = generator.document(
            loaded.module, loaded.args, loaded.kwargs, loss=loaded.loss, docs=docs, device="cpu"
        )
        total = time.perf_counter() - start
        # the list of all models is not this model's
        sizes = tuple(p.stat().st_size for p in sorted(docs.glob("models/*/**/*.md")))
    (model,) = report.models
    return Book(total, model.seconds, len(model.steps), sizes)


def books(make: Make, repeats: int) -> list[Book]:
    """The same model's pages, built several times in this process."""
    loaded = make()
    found = []
    for _ in range(repeats):
        gc.collect()  # the last one's garbage is not this one's cost
        found.append(document(loaded))
    return found


def whole_table(repeats: int) -> Iterator[str]:
    """Seconds to the Markdown on disk over those of TorchLens' forward-only trace."""
    yield (
        "| model | steps | pages | mean page | largest page "
        "| capture | explain | render | all, written | TorchLens | ratio |"
    )
    yield f"|---|{'---:|' * 10}"
    for subject in ARCHITECTURES:
        # before and after, so that the machine's noise meets both alike; two at least, since the
        # first pays for changing torch
        traces = _traces(subject, repeats + 1)
        book = min(alone(partial(books, subject.make, repeats)), key=lambda b: b.total)
        traces += _traces(subject, repeats + 1)
        beside = "not installed | not measured"
        if traces:
            beside = f"{min(traces):.2f} s | {book.total / min(traces):.1f} ×"
        kilobytes = [size / 1e3 for size in book.pages]
        yield (
            f"| {subject.name} | {book.steps} | {len(book.pages)} "
            f"| {statistics.mean(kilobytes):.1f} KB | {max(kilobytes):.1f} KB "
            f"| {book.stages.capture:.2f} s | {book.stages.explain:.2f} s "
            f"| {book.stages.render:.2f} s | {book.total:.2f} s "
            f"| {beside} |"
        )


def _traces(subject: Subject, repeats: int) -> list[float]:
    """Seconds of TorchLens' traces, none where it is not installed."""
    if find_spec("torchlens") is None:
        return []
    program = [sys.executable, "-m", "benchmarks.traced", subject.name, str(repeats)]
    ran = subprocess.run(
        program, cwd=ROOT / "scripts", check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    found: list[float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def proportion_table(repeats: int) -> Iterator[str]:
    """Milliseconds a step as a model becomes deeper."""
    yield "| blocks | steps | capture, a step | explain and render, a step |"
    yield f"|{'---:|' * 4}"
    for count in BLOCKS:
        found = alone(partial(books, partial(blocks, count), repeats))
        steps = found[0].steps
        yield (
            f"| {count} | {steps} | {_least(found, lambda s: s.capture) / steps:.2f} ms "
            f"| {_least(found, lambda s: s.explain + s.render) / steps:.1f} ms |"
        )


def _least(found: list[Book], stage: Callable[[Seconds], float]) -> float:
    """Milliseconds of the quickest."""
    return 1e3 * min(stage(book.stages) for book in found)

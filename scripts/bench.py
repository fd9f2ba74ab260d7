"""`make bench`: what documenting a model costs, beside what cannot be saved, in one run.

Capture is held against a plain forward and backward pass, in time and in peak memory; the pages
against milliseconds each; `mkdocs build` against a build of as many one-line pages.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import nn

from generator.capture import Recording, record
from generator.discover import discover, load
from generator.explain import explain_model
from generator.load import LoadedModel
from generator.recognition import draws, is_step
from generator.render import render_model

ROOT = Path(__file__).resolve().parents[1]
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Subject:
    """A model to measure; `make` is called in the process that measures."""

    name: str
    make: Callable[[], LoadedModel]


def wide() -> LoadedModel:
    """Make eight convolutions of 64 channels with batch norm and ReLU on four 64×64 pictures."""
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, padding=1)]
    for _ in range(7):
        layers += [nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1)]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    return LoadedModel(net, (torch.randn(4, 3, 64, 64),), {}, None)


def of_project(name: str) -> LoadedModel:
    """Load a model of models/."""
    return load(next(s for s in discover(ROOT / "models") if s.name == name))


def tinycnn() -> LoadedModel:
    """Load TinyCNN."""
    return of_project("tinycnn")


def digits() -> LoadedModel:
    """Load the digit classifier."""
    return of_project("digits")


SUBJECTS = (
    Subject("TinyCNN", tinycnn),
    Subject("digits", digits),
    Subject("8 convolutions, 64 channels", wide),
)


def plain(loaded: LoadedModel) -> None:
    """Run forward and backward as a user would, with gradients of inputs and parameters."""
    args = tuple(
        a.detach().clone().requires_grad_() if torch.is_tensor(a) and a.is_floating_point() else a
        for a in loaded.args
    )
    output = loaded.module(*args, **loaded.kwargs)
    loss = 0.5 * output.square().sum() if loaded.loss is None else loaded.loss(output)
    loss.backward()
    loaded.module.zero_grad()


def captured(loaded: LoadedModel) -> Recording:
    """Run forward and backward with everything recorded."""
    return record(
        loaded.module,
        loaded.args,
        loaded.kwargs,
        loss=loaded.loss,
        is_step=is_step,
        draws=draws(),
        device=CPU,
    )


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


def _peak(make: Callable[[], LoadedModel], run: Callable[[LoadedModel], object]) -> int:
    """Bytes that a run takes at its peak, in a process of its own; 0 where not on Linux."""
    if not sys.platform.startswith("linux"):
        return 0
    torch.set_num_threads(1)
    loaded = make()
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    kept = run(loaded)
    after = _status("VmHWM")
    del kept
    return after - before


def _status(name: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return 1024 * int(line.split()[1])


def peak(make: Callable[[], LoadedModel], run: Callable[[LoadedModel], object]) -> int:
    """Bytes that a run takes at its peak, measured in a fresh process."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_peak, (make, run))


def capture_table(seconds: float) -> list[str]:
    """Time and memory of capture over a plain forward and backward pass."""
    lines = [
        "| model | plain | capture | time | peak memory |",
        "|---|---:|---:|---:|---:|",
    ]
    for subject in SUBJECTS:
        loaded = subject.make()
        times = alternating(
            {"plain": partial(plain, loaded), "capture": partial(captured, loaded)}, seconds
        )
        ratio = times["capture"] / times["plain"]
        before, after = peak(subject.make, plain), peak(subject.make, captured)
        # below some megabytes the figure is the allocator's, not the run's
        memory = f"{after / before:.2f} ×" if before > 1 << 24 else "too small to tell"
        lines.append(
            f"| {subject.name} | {1e3 * times['plain']:.2f} ms | {1e3 * times['capture']:.2f} ms "
            f"| {ratio:.2f} × | {memory} |"
        )
    return lines


def page_table(seconds: float) -> list[str]:
    """Milliseconds for each page to explain and to render."""
    lines = ["| model | pages | explain, a page | render, a page |", "|---|---:|---:|---:|"]
    for subject in SUBJECTS[:2]:
        recording = captured(subject.make())
        explain = partial(
            explain_model,
            recording,
            name=subject.name,
            title=subject.name,
            summary="",
            source="",
            elements={},
            decimals=6,
        )
        model = explain()
        pages = len(render_model(model))
        times = alternating({"explain": explain, "render": partial(render_model, model)}, seconds)
        lines.append(
            f"| {subject.name} | {pages} | {1e3 * times['explain'] / pages:.1f} ms "
            f"| {1e3 * times['render'] / pages:.1f} ms |"
        )
    return lines


def site_table(repeats: int) -> list[str]:
    """`mkdocs build` of the project's pages over a build of as many one-line pages."""
    with tempfile.TemporaryDirectory() as name:
        book, floor = Path(name, "book"), Path(name, "floor")
        for folder in (book, floor):
            folder.mkdir()
            shutil.copy(ROOT / "mkdocs.yml", folder)
        ignored = shutil.ignore_patterns("models")
        shutil.copytree(ROOT / "docs", book / "docs", ignore=ignored)
        _run("generator", "build", "--docs", str(book / "docs"), cwd=ROOT)
        pages = sorted((book / "docs").rglob("*.md"))
        shutil.copytree(ROOT / "docs" / "assets", floor / "docs" / "assets")
        shutil.copy(book / "mkdocs.nav.yml", floor)
        for page in pages:
            path = floor / page.relative_to(book)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# {page.stem}\n")
        times: dict[str, list[float]] = {"book": [], "floor": []}
        for _ in range(repeats):
            for folder in (book, floor):
                start = time.perf_counter()
                _run("mkdocs", "build", "-q", "-f", "mkdocs.nav.yml", cwd=folder)
                times[folder.name].append(time.perf_counter() - start)
    ours, least = statistics.median(times["book"]), statistics.median(times["floor"])
    return [
        "| pages | `mkdocs build` | as many one-line pages | ratio |",
        "|---:|---:|---:|---:|",
        f"| {len(pages)} | {ours:.2f} s | {least:.2f} s | {ours / least:.2f} × |",
    ]


def _run(*arguments: str, cwd: Path) -> None:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
    )


def main() -> None:
    """Print the tables as Markdown."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="for each pair of timings")
    options.add_argument("--repeats", type=int, default=3, help="builds of each site")
    given = options.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"torch {torch.__version__.partition('+')[0]} on the CPU with one thread; medians\n"
    )
    for table in (
        capture_table(given.seconds),
        page_table(given.seconds),
        site_table(given.repeats),
    ):
        print("\n".join(table), end="\n\n")


if __name__ == "__main__":
    main()

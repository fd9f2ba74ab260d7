"""The built site: `mkdocs build` beside one of as many one-line pages, and what it weighs."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import generator
from benchmarks.measure import alone
from benchmarks.subjects import GROWING, ROOT, blocks

NAVIGATION = "mkdocs.nav.yml"


@dataclass(frozen=True)
class Built:
    """A book of the project's own models, or of one deep one, and the site made of it."""

    pages: int
    seconds: float
    """Of `mkdocs build`, the median."""
    least: float
    """Of a build of as many one-line pages."""
    html: tuple[int, ...]
    """Bytes of each page."""
    site: int
    """Bytes of everything."""
    search: int
    """Bytes of the search index."""


def site_table(repeats: int) -> Iterator[str]:
    """`mkdocs build` of the project's pages over a build of as many one-line pages."""
    with tempfile.TemporaryDirectory() as name:
        book = _new_book(Path(name))
        _run("generator", "build", "--docs", str(book / "docs"), cwd=ROOT)
        built = _built(book, repeats)
    yield "| pages | `mkdocs build` | as many one-line pages | ratio |"
    yield "|---:|---:|---:|---:|"
    yield (
        f"| {built.pages} | {built.seconds:.2f} s | {built.least:.2f} s "
        f"| {built.seconds / built.least:.2f} × |"
    )


def growth_table(repeats: int) -> Iterator[str]:
    """What a book costs and weighs as the model becomes deeper."""
    yield (
        "| steps | pages | explain and render | pages a second | `mkdocs build` "
        "| one-line pages | ratio | mean page | largest page | site | search index |"
    )
    yield f"|{'---:|' * 11}"
    for count in GROWING:
        with tempfile.TemporaryDirectory() as name:
            book = _new_book(Path(name))
            steps, seconds = alone(partial(_document, count, book / "docs"))
            built = _built(book, repeats)
        pages = len(built.html)
        yield (
            f"| {steps} | {pages} | {seconds:.1f} s | {pages / seconds:.0f} "
            f"| {built.seconds:.1f} s | {built.least:.1f} s | {built.seconds / built.least:.2f} × "
            f"| {statistics.mean(built.html) / 1e3:.1f} KB | {max(built.html) / 1e3:.0f} KB "
            f"| {built.site / 1e6:.1f} MB | {built.search / 1e6:.2f} MB |"
        )


def _document(count: int, docs: Path) -> tuple[int, float]:
    """Write the pages of so many blocks; the steps, and the seconds to explain and render them."""
    loaded = blocks(count)
    report = generator.document(
        loaded.module, loaded.args, loaded.kwargs, name="gpt2", docs=docs, device="cpu"
    )
    (model,) = report.models
    return len(model.steps), model.seconds.explain + model.seconds.render


def _new_book(folder: Path) -> Path:
    """A folder with the project's own pages and none of a model."""
    book = folder / "book"
    shutil.copytree(ROOT / "docs", book / "docs", ignore=shutil.ignore_patterns("models"))
    for configuration in ROOT.glob("mkdocs*.yml"):
        if configuration.name != NAVIGATION:
            shutil.copy(configuration, book)
    return book


def _built(book: Path, repeats: int) -> Built:
    floor = _floor(book)
    times: dict[Path, list[float]] = {book: [], floor: []}
    for _ in range(repeats):
        for folder, seconds in times.items():
            start = time.perf_counter()
            _run("mkdocs", "build", "-q", "-f", NAVIGATION, cwd=folder)
            seconds.append(time.perf_counter() - start)
    site = book / "site"
    shutil.rmtree(site)
    _run("generator.website", NAVIGATION, cwd=book)
    files = {path: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    return Built(
        pages=sum(1 for _ in (book / "docs").rglob("*.md")),
        seconds=statistics.median(times[book]),
        least=statistics.median(times[floor]),
        html=tuple(size for path, size in files.items() if path.suffix == ".html"),
        site=sum(files.values()),
        search=files[site / "search" / "search_index.json"],
    )


def _floor(book: Path) -> Path:
    """The same configuration and navigation, with one line on each page."""
    floor = book.with_name("floor")
    shutil.copytree(book / "docs" / "assets", floor / "docs" / "assets")
    for configuration in book.glob("mkdocs*.yml"):
        shutil.copy(configuration, floor)
    for page in (book / "docs").rglob("*.md"):
        path = floor / page.relative_to(book)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {page.stem}\n")
    return floor


def _run(*arguments: str, cwd: Path) -> None:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
    )

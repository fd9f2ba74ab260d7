"""`mkdocs build` of the pages beside a build of as many one-line pages."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.subjects import ROOT


def site_table(repeats: int) -> Iterator[str]:
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
    yield "| pages | `mkdocs build` | as many one-line pages | ratio |"
    yield "|---:|---:|---:|---:|"
    yield f"| {len(pages)} | {ours:.2f} s | {least:.2f} s | {ours / least:.2f} × |"


def _run(*arguments: str, cwd: Path) -> None:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env=environment,
        check=True,
        capture_output=True,
    )

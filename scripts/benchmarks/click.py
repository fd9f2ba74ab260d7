"""From a click, or from nothing, to a typeset page: GPT-2's blocks in a browser."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

import generator
from benchmarks.measure import alone
from benchmarks.subjects import GROWING, ROOT, blocks

PAGES = 9
"""Pages that are visited, those whose size is nearest to the median."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SETTLED = "['done', 'none'].includes(document.documentElement.dataset.formulas)"

# milliseconds until the formulas are done and have been painted
CLICK = """target => new Promise(resolve => {
    const link = document.createElement("a");
    link.href = target;
    document.querySelector("article").append(link);
    const root = document.documentElement;
    const start = performance.now();
    const seen = new MutationObserver(() => {
        const settled = ["done", "none"].includes(root.dataset.formulas);
        if (location.href !== link.href || !settled) return;
        seen.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    });
    seen.observe(root, {attributes: true, attributeFilter: ["data-formulas"]});
    link.click();
})"""
FIRST = """new MutationObserver((_, seen) => {
    if (!["done", "none"].includes(document.documentElement.dataset.formulas)) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.settledAfter = performance.now(); }));
}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-formulas"]})"""


def click_table(repeats: int) -> Iterator[str]:
    """Milliseconds from a click and of a first visit, on pages of median size."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        yield "not measured: no chromium on the path"
        return
    with tempfile.TemporaryDirectory() as name, serving(Path(name, "site")) as address:
        pages = site(Path(name), address)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            clicks, firsts = [], []
            for _ in range(repeats):
                clicks += from_click(browser, address, pages)
                firsts += [first_visit(browser, address + page) for page in pages]
            browser.close()
    yield "| pages | HTML of one | from a click | first visit |"
    yield "|---:|---:|---:|---:|"
    size = statistics.median(pages.values()) / 1e3
    yield (
        f"| {len(pages)} | {size:.0f} KB | {statistics.median(clicks):.0f} ms "
        f"| {statistics.median(firsts):.0f} ms |"
    )


def site(folder: Path, address: str) -> dict[str, int]:
    """Build a site of some 250 pages; the bytes of those of median size, by their path."""
    shutil.copy(ROOT / "mkdocs.yml", folder)
    ignored = shutil.ignore_patterns("models")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=ignored)
    alone(partial(_document, folder / "docs"))
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-f", "mkdocs.nav.yml"],
        cwd=folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "SITE_URL": address},
        check=True,
        capture_output=True,
    )
    built = folder / "site"
    sizes = {
        page.relative_to(built).as_posix(): page.stat().st_size
        for page in sorted((built / "models").rglob("*.html"))
    }
    median = statistics.median(sizes.values())
    nearest = sorted(sizes, key=lambda page: abs(sizes[page] - median))[:PAGES]
    return {page: sizes[page] for page in sorted(nearest)}


def _document(docs: Path) -> None:
    loaded = blocks(GROWING[0])
    generator.document(
        loaded.module, loaded.args, loaded.kwargs, loss=loaded.loss, docs=docs, device="cpu"
    )


def from_click(browser: Browser, address: str, pages: dict[str, int]) -> list[float]:
    """Milliseconds from a click on a link to each page, one after another in one window."""
    tab = browser.new_page()
    tab.goto(f"{address}{next(reversed(pages))}")
    tab.wait_for_function(SETTLED)
    tab.wait_for_timeout(2000)  # the search's index is being read
    found = []
    for page in pages:
        found.append(float(tab.evaluate(CLICK, address + page)))
        tab.wait_for_timeout(200)
    tab.close()
    return found


def first_visit(browser: Browser, url: str) -> float:
    """Milliseconds from the request for the page, nothing cached."""
    context = browser.new_context()
    context.add_init_script(FIRST)
    tab = context.new_page()
    tab.goto(url)
    found = float(tab.wait_for_function("window.settledAfter").json_value())
    context.close()
    return found


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder, which need not exist yet, on a free port."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Keep the table free of requests."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """A window that is closed takes no more."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)

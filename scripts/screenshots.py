#!/usr/bin/env python3
"""Picture pages into build/screenshots/: light, dark, and 390 pixels wide.

python scripts/screenshots.py               a page of every kind (kinds.py), the search, the drawer
                                            of the navigation, and a page as it is printed
python scripts/screenshots.py PAGE ...      pages of the built site, such as models/index.html
python scripts/screenshots.py --readme      the pictures of README, into .github/screenshots/
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from kinds import KINDS, build, write
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
BOOK = ROOT / "build" / "kinds"
TARGET = ROOT / "build" / "screenshots"
README = ROOT / ".github" / "screenshots"
SETTLED = "['done', 'none', 'failed'].includes(document.documentElement.dataset.formulas)"
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[str, Scheme, int], ...] = (
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("phone", "light", 390),
)
SHOWN = (("home", "index.html", ""), ("layer", "models/digits/conv1.html", "computing"))
"""The pictures of README: a name, a page, and the part of it that is scrolled to."""
UNDER_THE_HEADER = """id => {
    const top = document.getElementById(id).getBoundingClientRect().top;
    window.scrollBy(0, top - 64);
}"""
SEARCHED = "max pooling"
PRINTED = "models/digits/conv2.html"
MOVED = 600
"""Milliseconds after which what glides stands still."""


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not print its requests."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a site, since from a folder its search does not work; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def opened(browser: Browser, address: str, scheme: Scheme, width: int, height: int) -> Page:
    """A page with its formulas typeset."""
    viewport = ViewportSize(width=width, height=height)
    tab = browser.new_page(color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    tab.goto(address)
    tab.wait_for_function(SETTLED)
    return tab


def picture(browser: Browser, address: str, name: str) -> Iterator[Path]:
    """Write a picture of a page for each look."""
    for look, scheme, width in LOOKS:
        tab = opened(browser, address, scheme, width, 900)
        yield shot(tab, f"{name}-{look}", full_page=True)


def picture_search(browser: Browser, site: str) -> Iterator[Path]:
    """Write a picture of the search, with what it found, for each look."""
    for look, scheme, width in LOOKS:
        tab = opened(browser, f"{site}index.html", scheme, width, 900)
        tab.wait_for_load_state("networkidle")
        tab.keyboard.press("/")
        tab.keyboard.type(SEARCHED, delay=30)
        tab.locator(".md-search-result__item a").first.wait_for()
        tab.wait_for_timeout(MOVED)
        yield shot(tab, f"search-{look}")


def picture_drawer(browser: Browser, page: str) -> Iterator[Path]:
    """Write a picture of the navigation as a phone has it."""
    for scheme in ("light", "dark"):
        tab = opened(browser, page, scheme, 390, 844)
        tab.locator(".md-header label[for=__drawer]").first.click()
        tab.wait_for_timeout(MOVED)
        yield shot(tab, f"drawer-{scheme}")


def print_page(browser: Browser, page: str) -> Iterator[Path]:
    """Print a page to a file, from a dark screen."""
    tab = opened(browser, page, "dark", 1280, 900)
    path = TARGET / "printed.pdf"
    tab.pdf(path=path, format="A4")
    tab.close()
    yield path


def shot(tab: Page, name: str, *, full_page: bool = False) -> Path:
    """Write what a tab shows, and close it."""
    path = TARGET / f"{name}.png"
    tab.screenshot(path=path, full_page=full_page)
    tab.close()
    return path


def picture_kinds(browser: Browser) -> Iterator[Path]:
    """Build a book that has pages of every kind, and write their pictures."""
    write(BOOK)
    with served(BOOK / "site") as site:
        build(BOOK, site)
        for name, page in KINDS.items():
            yield from picture(browser, site + page, name)
        yield from picture_search(browser, site)
        yield from picture_drawer(browser, site + KINDS["layer"])
        yield from print_page(browser, site + PRINTED)


def picture_pages(browser: Browser, pages: Iterable[str]) -> Iterator[Path]:
    """Write pictures of pages of the site."""
    with served(SITE) as site:
        for page in pages:
            yield from picture(browser, site + page, page.removesuffix(".html").replace("/", "-"))


def picture_for_readme(browser: Browser) -> Iterator[Path]:
    """Write the pictures of README, light and dark, with as many colours as they need."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    with served(SITE) as site:
        for name, page, part in SHOWN:
            for scheme in schemes:
                tab = opened(browser, site + page, scheme, 1280, 800)
                if part:
                    tab.evaluate(UNDER_THE_HEADER, part)
                    tab.wait_for_timeout(MOVED)
                path = README / f"{name}-{scheme}.png"
                tab.screenshot(path=path)
                tab.close()
                with Image.open(path) as image:
                    reduced = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
                reduced.save(path, optimize=True)
                yield path


def main() -> int:
    """Picture the pages named, those of README, or one of each kind."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    readme = sys.argv[1:] == ["--readme"]
    pages = [page for _, page, _ in SHOWN] if readme else sys.argv[1:]
    missing = [page for page in pages if not (SITE / page).is_file()]
    if executable is None or missing:
        what = "no chromium on the path" if executable is None else f"no page site/{missing[0]}"
        print(f"screenshots: {what}", file=sys.stderr)
        return 1
    target = README if readme else TARGET
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        if readme:
            taken = picture_for_readme(browser)
        else:
            taken = picture_pages(browser, pages) if pages else picture_kinds(browser)
        count = len(list(taken))
        browser.close()
    print(f"{count} pictures in {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Picture pages of the built site into build/screenshots/: light, dark, and 390 pixels wide.

python scripts/screenshots.py [PAGE ...]    pages relative to site/, such as models/index.html;
                                            without any, some of each kind
python scripts/screenshots.py --readme      the pictures of README, into .github/screenshots/
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
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
LAYERS = 2
"""Groups and layers of each model, beside its page and its loss."""


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not print its requests."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the site, since from a folder its search does not work; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def chosen() -> list[str]:
    """Pages of each kind: home, guide, models, a model, its parts, some layers, the loss."""
    pages = [SITE / "index.html", SITE / "404.html", SITE / "models" / "index.html"]
    pages += sorted((SITE / "guide").glob("*.html"))
    for model in sorted(path for path in (SITE / "models").glob("*") if path.is_dir()):
        every = sorted(model.rglob("*.html"))
        groups = [page for page in every if page.name == "index.html"]
        layers = [page for page in every if page not in groups and page.name != "loss.html"]
        pages += [*groups[: LAYERS + 1], *layers[:LAYERS], *model.glob("loss.html")]
    return [page.relative_to(SITE).as_posix() for page in pages]


def opened(browser: Browser, address: str, scheme: Scheme, width: int, height: int) -> Page:
    """A page with its formulas typeset."""
    viewport = ViewportSize(width=width, height=height)
    tab = browser.new_page(color_scheme=scheme, viewport=viewport)
    tab.goto(address)
    tab.wait_for_function(SETTLED)
    return tab


def picture(browser: Browser, site: str, page: str) -> int:
    """Write one picture for each look; how many."""
    name = page.removesuffix(".html").replace("/", "-")
    for look, scheme, width in LOOKS:
        tab = opened(browser, site + page, scheme, width, 900)
        tab.screenshot(path=TARGET / f"{name}-{look}.png", full_page=True)
        tab.close()
    return len(LOOKS)


def picture_search(browser: Browser, site: str) -> int:
    """Write a picture of the search for each look; how many."""
    for look, scheme, width in LOOKS:
        tab = opened(browser, f"{site}index.html", scheme, width, 900)
        tab.wait_for_load_state("networkidle")
        tab.keyboard.press("/")
        tab.keyboard.type(SEARCHED, delay=30)
        tab.locator(".md-search-result__item a").first.wait_for()
        tab.screenshot(path=TARGET / f"search-{look}.png")
        tab.close()
    return len(LOOKS)


def picture_for_readme(browser: Browser, site: str) -> int:
    """Write the pictures of README, light and dark, with as many colours as they need."""
    for name, page, part in SHOWN:
        for scheme in ("light", "dark"):
            tab = opened(browser, site + page, scheme, 1280, 800)
            if part:
                tab.evaluate(UNDER_THE_HEADER, part)
                tab.wait_for_timeout(600)  # the header changes
            path = README / f"{name}-{scheme}.png"
            tab.screenshot(path=path)
            tab.close()
            with Image.open(path) as image:
                reduced = image.convert("RGB").quantize(128, dither=Image.Dither.NONE)
            reduced.save(path, optimize=True)
    return 2 * len(SHOWN)


def main() -> int:
    """Picture the pages named, those of README, or some of each kind."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    readme = sys.argv[1:] == ["--readme"]
    pages = [page for _, page, _ in SHOWN] if readme else sys.argv[1:] or chosen()
    missing = [page for page in pages if not (SITE / page).is_file()]
    if executable is None or missing:
        what = "no chromium on the path" if executable is None else f"no page site/{missing[0]}"
        print(f"screenshots: {what}", file=sys.stderr)
        return 1
    target = README if readme else TARGET
    target.mkdir(parents=True, exist_ok=True)
    with served() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        if readme:
            count = picture_for_readme(browser, site)
        else:
            count = sum(picture(browser, site, page) for page in pages)
            count += picture_search(browser, site) if not sys.argv[1:] else 0
        browser.close()
    print(f"{count} pictures in {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

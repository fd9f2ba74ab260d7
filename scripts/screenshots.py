#!/usr/bin/env python3
"""Picture pages of the built site into build/screenshots/: light, dark, and 390 pixels wide.

python scripts/screenshots.py [PAGE ...]    pages relative to site/, such as models/index.html;
                                            without any, the home page, the guide and each
                                            model's first pages
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
TARGET = ROOT / "build" / "screenshots"
SETTLED = "['done', 'none', 'failed'].includes(document.documentElement.dataset.formulas)"
LOOKS: tuple[tuple[str, Literal["light", "dark"], int], ...] = (
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("narrow", "light", 390),
)
PAGES_OF_A_MODEL = 4


def chosen() -> list[Path]:
    """List the pages to picture."""
    models = sorted(path for path in (SITE / "models").glob("*") if path.is_dir())
    return [
        SITE / "index.html",
        *sorted((SITE / "guide").glob("*.html")),
        SITE / "models" / "index.html",
        *(page for model in models for page in sorted(model.rglob("*.html"))[:PAGES_OF_A_MODEL]),
    ]


def picture(browser: Browser, page: Path) -> None:
    """Write one picture for each look."""
    name = page.relative_to(SITE).with_suffix("").as_posix().replace("/", "-")
    for look, scheme, width in LOOKS:
        viewport = ViewportSize(width=width, height=900)
        tab = browser.new_page(color_scheme=scheme, viewport=viewport)
        tab.goto(page.as_uri())
        tab.wait_for_function(SETTLED)
        tab.screenshot(path=TARGET / f"{name}-{look}.png", full_page=True)
        tab.close()


def main() -> int:
    """Picture the pages named, or a choice of them."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    pages = [SITE / name for name in sys.argv[1:]] or chosen()
    missing = [page for page in pages if not page.is_file()]
    if executable is None or missing:
        what = "no chromium on the path" if executable is None else f"no page {missing[0]}"
        print(f"screenshots: {what}", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for page in pages:
            picture(browser, page)
        browser.close()
    print(f"{len(pages) * len(LOOKS)} pictures in {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

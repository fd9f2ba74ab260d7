#!/usr/bin/env python3
"""Lighthouse's scores of the built site: accessibility, best practices, SEO; 1 if one is below 95.

    python scripts/lighthouse.py [PAGE ...]    pages relative to site/; else one of each kind

Needs npm, which fetches Lighthouse, and Chromium on the path. The theme's own two faults that cost
accessibility, a search and a bar of progress without names, are mended in docs/assets/overrides/.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.click import serving

ROOT = Path(__file__).resolve().parent.parent
LIGHTHOUSE = "lighthouse@13.5.0"
CATEGORIES = ("accessibility", "best-practices", "seo")
LEAST = 95


def chosen(site: Path) -> list[str]:
    """One page of each kind: home, guide, the list of models, a model, a layer."""
    layer = next(p for p in sorted((site / "models").glob("*/*.html")) if p.name != "index.html")
    model = layer.with_name("index.html").relative_to(site).as_posix()
    kinds = ["index.html", "guide/reading.html", "models/index.html", model]
    return [*kinds, layer.relative_to(site).as_posix()]


def scores(url: str, chromium: str, npx: str) -> dict[str, Any]:
    """Run Lighthouse on one page; its categories."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "report.json")
        command = [npx, "--yes", LIGHTHOUSE, url, "--quiet", "--output=json"]
        command += [f"--output-path={out}", f"--only-categories={','.join(CATEGORIES)}"]
        command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": chromium})
        report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report


def main() -> int:
    """Print a table of scores, and what cost points."""
    site = ROOT / "site"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    npx = shutil.which("npx")
    if chromium is None or npx is None or not (site / "index.html").is_file():
        print("lighthouse: needs npx, chromium and a built site", file=sys.stderr)
        return 1
    low = False
    print(f"| page | {' | '.join(CATEGORIES)} |\n|---|{'---:|' * len(CATEGORIES)}")
    with serving(site) as address:
        for page in sys.argv[1:] or chosen(site):
            report = scores(address + page, chromium, npx)
            found = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
            low = low or min(found) < LEAST
            print(f"| {page} | {' | '.join(map(str, found))} |", flush=True)
            for name in CATEGORIES:
                for audit in report["categories"][name]["auditRefs"]:
                    score = report["audits"][audit["id"]]["score"]
                    if audit["weight"] and score is not None and score < 1:
                        print(f"lighthouse: {page}: {audit['id']}", file=sys.stderr)
    return int(low)


if __name__ == "__main__":
    sys.exit(main())

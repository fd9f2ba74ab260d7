"""Pages of every kind: what each is called, and a book in which all of them are.

Pictures are taken of these pages, and the tests of the site look at the same.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

KINDS = {
    "home": "index.html",
    "guide": "guide/reading.html",
    "guide-code": "guide/your-model.html",
    "guide-reference": "guide/reference.html",
    "guide-tables": "guide/verdicts.html",
    "models": "models/index.html",
    "model": "models/net/index.html",
    "model-inputs": "models/senses/index.html",
    "by-type": "models/net/by-type.html",
    "container": "models/net/blocks.0/index.html",
    "layer": "models/net/blocks.0.linear.html",
    "layer-convolution": "models/digits/conv2.html",
    "layer-attention": "models/net/blocks.0.attention.html",
    "called-twice": "models/net/head.html",
    "unexplained": "models/net/pinv.html",
    "mismatch": "models/wrong/1.html",
    "part": "models/long/lstm~part2.html",
    "loss": "models/net/loss.html",
    "failed": "models/broken/index.html",
    "missing": "404.html",
}
"""A name for each kind, and a page of it within the site of the book."""


def write(folder: Path) -> None:
    """Write the book into `folder`: the project's own pages and models, and those of the tests."""
    for name in ("mkdocs.yml", "docs", "models"):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        else:
            shutil.copytree(source, target, ignore=_left_out, dirs_exist_ok=True)
    kinds = ROOT / "tests" / "site" / "kinds"
    shutil.copytree(kinds, folder / "models", ignore=_left_out, dirs_exist_ok=True)
    options = ["--models", str(folder / "models"), "--docs", str(folder / "docs")]
    # a model that fails and one that is wrong are among the kinds
    said = _run("generator", "build", *options, cwd=ROOT, status=1)
    failed = re.findall(r"^error: (?!models/broken\.py).*", said, re.MULTILINE)
    if failed:
        raise RuntimeError("\n".join(failed))


def build(folder: Path, address: str = "") -> Path:
    """Build the site of the book, to be served at `address`; its folder.

    RuntimeError with what was said if that fails, or with the pages that are not there.
    """
    _run("generator.website", "mkdocs.nav.yml", cwd=folder, SITE_URL=address)
    missing = [page for page in KINDS.values() if not (folder / "site" / page).is_file()]
    if missing:
        raise RuntimeError(f"the book of kinds has no {', '.join(missing)}")
    return folder / "site"


def _left_out(folder: str, names: list[str]) -> list[str]:
    generated = Path(folder) == ROOT / "docs"
    return [name for name in names if name == "__pycache__" or (generated and name == "models")]


def _run(*arguments: str, cwd: Path, status: int = 0, **environment: str) -> str:
    """Run `python -m …`; its output, RuntimeError with it if it does not exit with `status`."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode != status:
        raise RuntimeError(f"{' '.join(arguments)} exited with {done.returncode}:\n{said}")
    return said

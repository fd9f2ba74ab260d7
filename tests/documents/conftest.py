"""The texts are imported by name in this folder's tests, and the book is built once for all."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parents[2]


@dataclass
class Book:
    """The report of both models as JSON has it, and their pages as Markdown and as plain text."""

    report: dict
    source: dict
    pages: dict

    def step(self, model, name):
        (found,) = (m for m in self.report["models"] if m["name"] == model)
        (step,) = (s for s in found["steps"] if s["name"] == name)
        return step


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    from generator.build import build_models
    from generator.discover import discover

    docs = tmp_path_factory.mktemp("book") / "docs"
    report = build_models(discover(ROOT / "models"), docs=docs, device="cpu")
    source = {
        page.relative_to(docs / "models").with_suffix("").as_posix(): page.read_text("utf-8")
        for page in (docs / "models").rglob("*.md")
    }
    pages = {name: re.sub(r"<[^>]+>", "", text) for name, text in source.items()}
    return Book(json.loads(json.dumps(report.to_dict())), source, pages)

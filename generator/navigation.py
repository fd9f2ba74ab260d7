"""The navigation, beside docs/: the models' pages, and those written by hand."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from generator import marks
from generator.contents import in_sections
from generator.explanation import Entry, ModelSummary
from generator.marks import FOLDER
from generator.render.division import whole_page
from generator.site import summaries

CONFIGURATION = "mkdocs.yml"
NAVIGATION = "mkdocs.nav.yml"


def write_navigation(docs: Path) -> Path | None:
    """Write mkdocs.nav.yml beside docs/, which adds the navigation to mkdocs.yml.

    None where there is no mkdocs.yml to add it to.
    """
    if not (docs.parent / CONFIGURATION).is_file():
        return None
    models = map(_item, in_sections((_model(docs, s), None) for s in summaries(docs)))
    navigation: list[Any] = []
    if (docs / "index.md").is_file():
        navigation.append({"Home": "index.md"})
    navigation.append({"Models": [f"{FOLDER}/index.md", *models, *_pages_between(docs)]})
    navigation.extend(_own_pages(docs))
    data = {"INHERIT": CONFIGURATION, "nav": navigation}
    if docs.name != "docs":
        data["docs_dir"] = docs.name
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=4096)
    path = docs.parent / NAVIGATION
    path.write_text(
        f"# written by `layerbook build`; do not edit\n{text}", encoding="utf-8", newline="\n"
    )
    return path


def _model(docs: Path, summary: ModelSummary) -> Entry:
    """The section of a model's pages, with those of somebody else's in its folder."""
    folder = docs / Path(summary.page).parent
    parts: dict[str, list[str]] = {}
    for name in marks.files(folder):
        page = (folder / name).relative_to(docs).as_posix()
        parts.setdefault(whole_page(page), []).append(page)
    top = _divided(Entry("", summary.page, summary.pages), parts)
    foreign = (Entry("", page) for page in _foreign_pages(docs, summary))
    return Entry(summary.title, "", (replace(top, below=()), *top.below, *foreign))


def _divided(entry: Entry, parts: Mapping[str, Sequence[str]]) -> Entry:
    """The entry with the further parts of its page, and so with those below it."""
    further = sorted(set(parts.get(entry.page, ())) - {entry.page}, key=lambda p: (len(p), p))
    numbered = ((Entry(f"part {number}", page), None) for number, page in enumerate(further, 2))
    below = (_divided(e, parts) for e in entry.below)
    return replace(entry, below=(*in_sections(numbered), *below))


def _item(entry: Entry) -> Any:
    """An entry as MkDocs has it: a page, one with a title, or a section, its own page first."""
    if not (entry.title or entry.below):
        return entry.page
    title = html.escape(entry.title)
    if entry.page and not entry.below:
        return {title: entry.page}
    own = [entry.page] if entry.page else []
    return {title: [*own, *map(_item, entry.below)]}


def _foreign_pages(docs: Path, model: ModelSummary) -> list[str]:
    """Pages of somebody else's in a model's folder."""
    folder = docs / Path(model.page).parent
    ours = set(marks.files(folder))
    pages = sorted(p for p in folder.rglob("*.md") if p.relative_to(folder).as_posix() not in ours)
    return [p.relative_to(docs).as_posix() for p in pages]


def _pages_between(docs: Path) -> list[str]:
    """Pages of somebody else's in docs/models/, in no model's folder."""
    folder = docs / FOLDER
    models = {docs / Path(m.page).parent for m in summaries(docs)}
    pages = sorted(
        p for p in folder.rglob("*.md") if not models & set(p.parents) and p != folder / "index.md"
    )
    return [p.relative_to(docs).as_posix() for p in pages]


def _own_pages(docs: Path) -> list[Any]:
    """Hand-written pages: those at the top by name, then each folder as a section."""
    top = sorted(p.name for p in docs.glob("*.md") if p.name != "index.md")
    found: list[Any] = list(top)
    for folder in sorted(p for p in docs.iterdir() if p.is_dir() and not p.name.startswith(".")):
        pages = [p.relative_to(docs).as_posix() for p in _in_order(folder)]
        if folder.name != FOLDER and pages:
            found.append({folder.name.replace("-", " ").capitalize(): pages})
    return found


def _in_order(folder: Path) -> list[Path]:
    """A folder's index.md, the pages that it links to in the order of its links, the others."""
    index = folder / "index.md"
    text = index.read_text("utf-8", errors="replace") if index.is_file() else ""
    linked = [folder / link for link in re.findall(r"\]\(([^)#\s]+\.md)\b", text)]
    first = {path: place for place, path in enumerate(dict.fromkeys([index, *linked]))}
    return sorted(folder.rglob("*.md"), key=lambda p: (first.get(p, len(first)), p.parts))

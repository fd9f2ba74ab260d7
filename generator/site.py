"""The only place that writes under docs/: a model's pages, whole or not at all.

Each model has a folder in `docs/models/`, with a file `.layerbook.json` that lists the pages that
are ours and keeps what the list of models and the navigation say of it (generator/marks.py). A
folder without that file, and any other file in a folder with it, is somebody's own and stays as it
is.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from generator import marks
from generator.digests import digest
from generator.explanation import Entry, ModelSummary
from generator.marks import FOLDER, MARK, marked
from generator.render.division import whole_page
from generator.sections import Group, grouped

CONFIGURATION = "mkdocs.yml"
NAVIGATION = "mkdocs.nav.yml"


class SiteError(Exception):
    """Something that is not ours lies where pages should go; the message names it."""


def write_model(
    docs: Path,
    pages: Mapping[str, str | bytes],
    summary: ModelSummary,
    note: Mapping[str, Any] | None = None,
) -> None:
    """Write a model's pages, by path relative to docs, in place of those of an earlier build.

    They are written beside the old ones and put in their place at once; files of somebody else's in
    the folder are kept. `note` says what the model was built from, and is kept with the digests of
    the pages. Raises SiteError where the model's folder exists and was not written by
    Layerbook, or a page of that name was not.
    """
    folder = docs / Path(summary.page).parent
    fresh, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    if old.exists() and not folder.exists():
        old.rename(folder)  # a build was killed just there
    _refuse_foreign(folder)
    for rest in (fresh, old):
        shutil.rmtree(rest, ignore_errors=True)
    fresh.mkdir(parents=True)
    digests = {}
    for page, text in pages.items():
        name = (docs / page).relative_to(folder)
        data = text if isinstance(text, bytes) else text.encode()
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_bytes(data)
        digests[name.as_posix()] = digest(data)
    _keep_foreign(folder, fresh)
    marks.write(fresh / MARK, {"files": sorted(digests), "summary": asdict(summary)})
    if note is not None:
        marks.write(fresh / marks.BUILD, {**note, "pages": digests}, indent=None)
    _exchange(folder, fresh, old)
    shutil.rmtree(old, ignore_errors=True)


def _exchange(folder: Path, fresh: Path, old: Path) -> None:
    """Put the fresh folder in the place of the old one; where that is interrupted, the old one."""
    try:
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise


def remove_gone(docs: Path, kept: Iterable[str]) -> None:
    """Remove the pages of models that are not among `kept`; only what Layerbook wrote.

    Models documented from a script have no file, and stay.
    """
    names = set(kept)
    for summary in summaries(docs):
        if summary.name in names or summary.live:
            continue
        folder = docs / Path(summary.page).parent
        files = [folder / name for name in (*marks.files(folder), MARK, marks.BUILD)]
        for path in files:
            path.unlink(missing_ok=True)
        for ours in sorted({path.parent for path in files}, reverse=True):
            if ours.is_dir() and not any(ours.iterdir()):
                ours.rmdir()


def summaries(docs: Path) -> list[ModelSummary]:
    """The models whose pages are there, in their order and then by name."""
    noted = (marked(folder) for folder in marks.marked_folders(docs))
    found = [_summary(data["summary"]) for data in noted if data is not None]
    return sorted(found, key=lambda m: (m.order is None, m.order or 0, m.name))


def write_pages(docs: Path, pages: Mapping[str, str]) -> None:
    """Write pages of docs/models/ that belong to no single model, such as the list of all models.

    One that somebody else wrote stays.
    """
    folder = docs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ours = set(marks.files(folder))
    for page, text in pages.items():
        path = docs / page
        name = path.relative_to(folder).as_posix()
        if path.exists() and name not in ours:
            continue
        path.write_text(text, encoding="utf-8", newline="\n")
        ours.add(name)
    marks.write(folder / MARK, {"files": sorted(ours)})


def write_navigation(docs: Path) -> Path | None:
    """Write mkdocs.nav.yml beside docs/, which adds the navigation to mkdocs.yml.

    None where there is no mkdocs.yml to add it to.
    """
    if not (docs.parent / CONFIGURATION).is_file():
        return None
    models = _grouped([_model(docs, summary) for summary in summaries(docs)])
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


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and marked(folder) is None and any(folder.iterdir()):
        message = f"{folder} was not written by Layerbook, expected a folder of its own; move it"
        raise SiteError(message)


def _keep_foreign(folder: Path, fresh: Path) -> None:
    """Copy what is not ours from the old folder to the fresh one."""
    if not folder.exists():
        return
    ours = {MARK, marks.BUILD, *marks.files(folder)}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder)
        if name.as_posix() in ours:
            continue
        if (fresh / name).exists():
            message = f"{path} was not written by Layerbook, expected a page of its own; move it"
            raise SiteError(message)
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, fresh / name)


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


def _summary(saved: Mapping[str, Any]) -> ModelSummary:
    data = dict(saved)
    data["counts"] = tuple((status, count) for status, count in data["counts"])
    data["pages"] = tuple(_loaded(entry) for entry in data["pages"])
    return ModelSummary(**data)


def _loaded(entry: Mapping[str, Any]) -> Entry:
    return Entry(entry["title"], entry["page"], tuple(_loaded(e) for e in entry["below"]))


def _model(docs: Path, summary: ModelSummary) -> dict[str, Any]:
    folder = docs / Path(summary.page).parent
    parts: dict[str, list[str]] = {}
    for name in marks.files(folder):
        page = (folder / name).relative_to(docs).as_posix()
        parts.setdefault(whole_page(page), []).append(page)
    entry = _entry(Entry(summary.title, summary.page, summary.pages), parts)
    [(title, below)] = entry.items()
    below = below if isinstance(below, list) else [below]
    return {title: [*below, *_foreign_pages(docs, summary)]}


def _entry(entry: Entry, parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The entry of a page, with its further parts and the pages below it; or that of a section."""
    title = html.escape(entry.title)
    further = sorted(set(parts.get(entry.page, ())) - {entry.page}, key=lambda p: (len(p), p))
    below = [
        *_grouped([{f"part {number}": page} for number, page in enumerate(further, 2)]),
        *(_entry(e, parts) for e in entry.below),
    ]
    if not entry.page:
        return {title: below}
    return {title: [entry.page, *below] if below else entry.page}


def _grouped(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries of one level, many in sections: each page has the whole level on it."""

    def section(found: dict[str, Any] | Group[dict[str, Any]]) -> dict[str, Any]:
        if not isinstance(found, Group):
            return found
        first, last = (next(iter(entry)) for entry in found.ends())
        return {f"{first} – {last}": [section(entry) for entry in found.entries]}

    return [section(found) for found in grouped(entries, lambda _: None)]


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

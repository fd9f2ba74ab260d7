"""The only place that writes under docs/: a model's pages, whole or not at all.

Each model has a folder in `docs/models/`, with a file `.layerbook.json` that lists the pages that
are ours and keeps what the list of models and the navigation say of it (generator/marks.py). A
folder without that file, and any other file in a folder with it, is somebody's own and stays as it
is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generator import marks
from generator.digests import digest
from generator.explanation import Entry, ModelSummary
from generator.marks import FOLDER, MARK, marked


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


def _summary(saved: Mapping[str, Any]) -> ModelSummary:
    data = dict(saved)
    data["counts"] = tuple((status, count) for status, count in data["counts"])
    data["pages"] = tuple(_loaded(entry) for entry in data["pages"])
    return ModelSummary(**data)


def _loaded(entry: Mapping[str, Any]) -> Entry:
    return Entry(entry["title"], entry["page"], tuple(_loaded(e) for e in entry["below"]))

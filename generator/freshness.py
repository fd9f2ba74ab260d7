"""Whether pages that are there are what a build would write again.

A model's pages are kept where these are as they were noted after its build: Layerbook's own
sources, Python, torch, the packages that the model imports and those that pages are made with, the
device, the contents of all files of the project that the model read, and the pages themselves.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from generator import marks
from generator.digests import UNSTEADY, Digests, digest
from generator.installed import (
    accelerators,
    distributions,
    spelt,
    torch_build,
    torch_version,
    versions,
)
from generator.reads import Reads, imports, state
from generator.report import ModelReport
from generator.settings import Specification

PACKAGES = (
    "graphlay",
    "jinja2",
    "markupsafe",
    "numpy",
    "orjson",
    "pillow",
    "pyyaml",
    "safetensors",
)
"""What pages are made with, besides torch."""


def root_of(spec: Specification) -> Path:
    """The project's folder: the one that holds the models'."""
    return spec.path.parent.parent


class Freshness:
    """Compares pages under `docs` with what a build for `device` would start from."""

    def __init__(self, docs: Path, device: str) -> None:
        self._docs = docs
        self._device = device
        self._digests = Digests(docs)
        self._versions = versions()

    def report_of(self, spec: Specification) -> ModelReport | None:
        """The report of a model that need not be built again; None where it is to be built."""
        folder = self._docs / marks.FOLDER / spec.name
        note = marks.read(folder / marks.BUILD)
        if spec.error is not None or note is None:
            return None
        try:
            return self._kept(spec, folder, note)
        except (KeyError, TypeError, AttributeError):
            return None  # another version's note

    def _kept(self, spec: Specification, folder: Path, note: dict[str, Any]) -> ModelReport | None:
        if note["conditions"] != conditions(self._device):
            return None
        if any(self._versions.get(name, "") != v for name, v in note["packages"].items()):
            return None
        root = root_of(spec)
        if any(self._digests.of(root / name) != known for name, known in note["read"].items()):
            return None
        if sorted(note["pages"]) != sorted(marks.files(folder)):
            return None
        if any(self._digests.of(folder / name) != d for name, d in note["pages"].items()):
            return None
        pages = sum(name.endswith(".md") for name in note["pages"])
        return ModelReport.from_dict(note["report"], pages)

    def save(self) -> None:
        """Keep what was learned of large files for the next run."""
        self._digests.save()


class Ground:
    """What a model is built from, noted while it is built."""

    def __init__(self, spec: Specification) -> None:
        self._root = root_of(spec)
        # these two were read when the model was found, before its file runs
        own = (spec.path, spec.path.with_suffix(".yml"))
        self._before = {path: (state(path), Digests(None).of(path)) for path in own}

    def note(self, reads: Reads, device: str, report: ModelReport) -> dict[str, Any]:
        """The note to keep beside the pages."""
        files = {*reads.files(), *self._before}
        return {
            "conditions": conditions(device),
            "packages": _packages(sorted(files)),
            "read": {
                path.relative_to(self._root).as_posix(): self._steady(path, reads)
                for path in sorted(files)
            },
            "report": {**report.to_dict(), "seconds": {}},
        }

    def _steady(self, path: Path, reads: Reads) -> str:
        """The digest of what was read; of a file that changed meanwhile that is not known."""
        found = Digests(None).of(path)
        if path in self._before:
            return found if self._before[path][1] == found else UNSTEADY
        opened = reads.opened.get(path, state(path))
        return found if state(path) == opened else UNSTEADY


def conditions(device: str) -> dict[str, str]:
    """All that every model's pages depend on."""
    return {
        "layerbook": sources(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "torch": f"{torch_version()} {digest(torch_build().encode())}",
        "device": device,
        "accelerators": "" if device == "cpu" else accelerators(),
    }


@lru_cache(maxsize=1)
def sources() -> str:
    """The digest of Layerbook's own files, names and contents."""
    folder = Path(__file__).parent
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        found += [Path(place, name) for name in names if name[0] != "."]
    return digest_of_files(folder, found)


def digest_of_files(root: Path, files: Iterable[Path]) -> str:
    """One digest of files' paths and contents."""
    digests = Digests(None)
    lines = [f"{path.relative_to(root).as_posix()} {digests.of(path)}" for path in sorted(files)]
    return digest("\n".join(lines).encode())


def _packages(files: list[Path]) -> dict[str, str]:
    """The versions of what is imported by some files, and of what pages are made with."""
    known, found = versions(), set(PACKAGES)
    for module in imports(files) - set(sys.stdlib_module_names):
        # most have the name of what they come from, and looking it up takes a quarter of a second
        name = spelt(module)
        found.update([name] if name in known else distributions().get(module, ()))
    return {name: known.get(name, "") for name in sorted(found) if name != "layerbook"}


class Whole:
    """What is about all models: their list, the navigation, and the removal of what is gone."""

    def __init__(self, docs: Path, names: Iterable[str]) -> None:
        self._docs = docs
        self._names = sorted(names)
        self._mark = docs / marks.FOLDER / marks.MARK

    def is_done(self) -> bool:
        """Whether it was done for just these models and pages, and is still there."""
        note = (marks.read(self._mark) or {}).get("whole")
        if not isinstance(note, dict) or note.get("of") != self._of():
            return False
        digests = Digests(None)
        written = note.get("written")
        return isinstance(written, dict) and all(
            digests.of(self._docs / name) == known for name, known in written.items()
        )

    def note_done(self, written: Iterable[Path]) -> None:
        """Note that it was done, and which files came of it."""
        digests = Digests(None)
        files = {
            Path(os.path.relpath(path, self._docs)).as_posix(): digests.of(path) for path in written
        }
        note = {"of": self._of(), "written": files}
        marks.write(self._mark, {**(marks.read(self._mark) or {}), "whole": note})

    def _of(self) -> str:
        """The digest of all that it depends on."""
        docs, digests = self._docs, Digests(None)
        ours = {docs / marks.FOLDER / name for name in marks.files(docs / marks.FOLDER)}
        for folder in marks.marked_folders(docs):
            ours.update(folder / name for name in marks.files(folder))
        pages = [path for path in docs.rglob("*.md") if path not in ours]
        noted = [f for folder in marks.marked_folders(docs)
                 for f in (folder / marks.MARK, folder / marks.BUILD)]  # fmt: skip
        lines = [
            sources(),
            *self._names,
            digest_of_files(docs, [*pages, *noted]),
            digests.of(docs.parent / "mkdocs.yml"),
        ]
        return digest("\n".join(lines).encode())

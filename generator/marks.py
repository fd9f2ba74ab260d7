"""What Layerbook notes in the folders under docs/models/ that are its own.

`.layerbook.json` says which files are ours and what the list of models says of them;
`.layerbook.build.json` what a model was built from, and its verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = "models"
MARK = ".layerbook.json"
BUILD = ".layerbook.build.json"
SIZES = ".layerbook.sizes.json"
"""In docs/models/: contents of large files, by their size and times."""

DEVICES = ".layerbook.devices.json"
"""In docs/models/: how many GPUs torch found, by what the machine shows of them."""


def marked(folder: Path) -> dict[str, Any] | None:
    """What the folder's mark says; None where there is none that this version can read."""
    data = read(folder / MARK)
    return data if data is not None and isinstance(data.get("files"), list) else None


def files(folder: Path) -> list[str]:
    """The files of a folder that its mark says are ours."""
    data = marked(folder)
    return [] if data is None else list(data["files"])


def marked_folders(docs: Path) -> Iterator[Path]:
    """The folders of docs/models/ that are ours, by name."""
    for mark in sorted((docs / FOLDER).glob(f"*/{MARK}")):
        # what a killed build left behind begins with a dot
        if mark.parent.name[0] != "." and marked(mark.parent) is not None:
            yield mark.parent


def read(path: Path) -> dict[str, Any] | None:
    """A note; None where there is none that can be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def write(path: Path, data: Mapping[str, Any], indent: int | None = 1) -> None:
    """Write a note, whole or not at all."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text + "\n", encoding="utf-8", newline="\n")
    fresh.replace(path)

"""Digests of files' contents."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from generator import marks

ABSENT = "absent"
UNSTEADY = "unsteady"
"""Stands for a file that changed while it was read; equal to no digest."""

LARGE = 1 << 20
"""Bytes from which a file is not read again if its size and times are as they were."""
SETTLED = 2_000_000_000
"""Nanoseconds after its last change before a file's times are relied on."""


def digest(data: bytes) -> str:
    """The digest of some bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


class Digests:
    """Digests of files, those of large ones kept from one run to the next."""

    def __init__(self, docs: Path | None) -> None:
        self._file = None if docs is None else docs / marks.FOLDER / marks.SIZES
        self._known: dict[str, Any] = {}
        if self._file is not None:
            self._known = marks.read(self._file) or {}
        self._changed = False

    def of(self, path: Path) -> str:
        """The digest of a file; `ABSENT` where there is none that can be read."""
        try:
            status = path.stat()
            if status.st_size < LARGE:
                return digest(path.read_bytes())
            return self._of_large(path, status)
        except OSError:
            return ABSENT

    def _of_large(self, path: Path, status: os.stat_result) -> str:
        name = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links
        times = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = self._known.get(name)
        if isinstance(known, list) and known[:-1] == times:
            return str(known[-1])
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > SETTLED:
            self._known[name] = [*times, found]
            self._changed = True
        return found

    def save(self) -> None:
        """Keep what was learned of large files, where docs/models/ is there to keep it in."""
        if self._file is None or not self._changed:
            return
        with suppress(OSError):
            marks.write(self._file, self._known)
        self._changed = False

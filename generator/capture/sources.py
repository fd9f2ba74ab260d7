"""Where in the user's code a call stands: the first frame outside torch and outside this tool."""

from __future__ import annotations

import linecache
import sys
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType, TracebackType

import torch

from generator.capture.records import Source

_OURS = str(Path(__file__).resolve().parent.parent)
_TORCH = str(Path(torch.__file__).resolve().parent)


@lru_cache(maxsize=4096)
def _is_users(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    path = str(Path(filename).resolve())
    return not path.startswith((_TORCH, _OURS))


class Sources:
    """Finds the user's line for each call; file names are relative to `root`."""

    def __init__(self, root: Path | None, stop: CodeType) -> None:
        """`stop` is the code that started the run: nothing above it belongs to the model."""
        self._root = None if root is None else root.resolve()
        self._stop = stop
        self._files: dict[str, str] = {}
        self._lines: dict[tuple[str, int], Source] = {}

    def here(self) -> Source | None:
        """The user's line that made the call which is now being recorded."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect.stack() reads files
        while frame is not None and frame.f_code is not self._stop:
            if _is_users(frame.f_code.co_filename):
                return self.at(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return None

    def defined(self, cls: type) -> Source | None:
        """The line on which the user's class defines its forward; None for torch's own."""
        code = getattr(getattr(cls, "forward", None), "__code__", None)
        if code is None or not _is_users(code.co_filename):
            return None
        return self.at(code.co_filename, code.co_firstlineno)

    def raised(self, trace: TracebackType | None) -> Source | None:
        """The innermost line of the user's code that an error passed through."""
        found = None
        while trace is not None:
            if _is_users(trace.tb_frame.f_code.co_filename):
                found = self.at(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            trace = trace.tb_next
        return found

    def at(self, filename: str, line: int) -> Source:
        """The source record of a line of a file."""
        found = self._lines.get((filename, line))
        if found is None:
            if filename not in self._files:
                self._files[filename] = self._shown(Path(filename).resolve())
            code = linecache.getline(filename, line).strip()
            found = Source(file=self._files[filename], line=line, code=code)
            self._lines[filename, line] = found
        return found

    def _shown(self, path: Path) -> str:
        if self._root is not None and path.is_relative_to(self._root):
            return path.relative_to(self._root).as_posix()
        return path.name

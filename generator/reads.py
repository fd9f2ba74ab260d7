"""Which files of a project a model reads while it is loaded and run.

Python tells of each file that it opens. safetensors opens files by itself and is asked here. What
other libraries open by themselves is seen where the source spells the file's name.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import generator

_FOREIGN = {"site-packages", "dist-packages", "node_modules"}
_NATIVE = ("safe_open", "_safe_open_handle")
"""What safetensors opens files with."""
_current: Reads | None = None
_hooked = False


class Reads:
    """Files below `root` that were read, each with its size and time when it was opened first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.opened: dict[Path, tuple[int, int] | None] = {}
        self._start = str(root) + os.sep
        self._apart = _apart(root)
        self._listed: dict[Path, dict[str, list[Path]]] = {}

    def note(self, path: object) -> None:
        """Note a file, by any name that `open` takes."""
        if not isinstance(path, str | bytes | os.PathLike):
            return
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - links are not followed
        if not name.startswith(self._start):
            name = os.path.realpath(name)
        if name.startswith(self._start):
            file = self.local(Path(name))
            if file is not None and file not in self.opened:
                self.opened[file] = state(file)

    def local(self, file: Path) -> Path | None:
        """The file if it belongs to the project; for a compiled one its source."""
        if file.parent.name == "__pycache__":
            try:
                file = Path(importlib.util.source_from_cache(str(file)))
            except ValueError:
                return None
        try:
            parts = file.relative_to(self.root).parts
        except ValueError:
            return None
        if any(part.startswith(".") or part in _FOREIGN for part in parts):
            return None
        return None if self._apart & set(file.parents) else file

    def files(self) -> list[Path]:
        """All files that were read, and local modules that they import, in order."""
        todo, found = [*self.opened], set(self.opened)
        while todo:
            file = todo.pop()
            for further in self._mentioned(file):
                if further not in found:
                    found.add(further)
                    todo.append(further)
        return sorted(found)

    def _mentioned(self, file: Path) -> Iterator[Path]:
        """Modules that a source file imports and files that it names."""
        tree = _parsed(file)
        if tree is None:
            return
        named = [*_modules(tree), *_beside(tree, file), *self._named(tree, file)]
        for path in named:
            local = self.local(path)
            if local is not None:
                yield local

    def _named(self, tree: ast.Module, file: Path) -> Iterator[Path]:
        """Data that a text of the source names, by path or by name alone."""
        for text in _texts(tree):
            if os.path.splitext(text)[1] in ("", ".py", ".yml"):  # noqa: PTH122 - any text
                continue
            paths = [folder / text for folder in (file.parent, self.root)]
            yield from (Path(os.path.abspath(p)) for p in paths if p.is_file())  # noqa: PTH100
            yield from self._below(file.parent).get(text, ())

    def _below(self, folder: Path) -> dict[str, list[Path]]:
        """The files in the folder's own folders, by name."""
        if folder not in self._listed:
            found: dict[str, list[Path]] = {}
            for below in folder.iterdir() if folder != self.root else ():
                if below.is_dir() and self.local(below) is not None:
                    for place, _, names in os.walk(below):
                        for name in names:
                            found.setdefault(name, []).append(Path(place, name))
            self._listed[folder] = found
        return self._listed[folder]


def state(file: Path) -> tuple[int, int] | None:
    """Size and time of a file; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def imports(files: list[Path]) -> set[str]:
    """The top-level modules that some Python files import."""
    trees = [_parsed(file) for file in files]
    return {
        name.partition(".")[0] for tree in trees if tree is not None for name in _imported(tree)
    }


@contextmanager
def reads(root: Path) -> Iterator[Reads]:
    """Note what is read below `root` until the end; not for two threads at once."""
    global _current, _hooked  # noqa: PLW0603 - a hook of the interpreter, which stays
    if not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    before, _current = _current, Reads(root)
    try:
        with _native_readers():
            yield _current
    finally:
        _current = before


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or _current is None:
        return
    path, _, flags = arguments
    written = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY
    if not written:
        # whatever is wrong with the path, open will say it
        with suppress(Exception):
            _current.note(path)


@contextmanager
def _native_readers() -> Iterator[None]:
    """Let safetensors' own functions tell which file they open, wherever they were imported."""
    import safetensors

    ours = [
        (name, original, _telling(original))
        for name in _NATIVE
        if (original := getattr(safetensors, name, None)) is not None
    ]
    try:
        for name, original, telling in ours:
            _exchange(name, original, telling)
        yield
    finally:
        for name, original, telling in ours:
            _exchange(name, telling, original)


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    def opening(filename: Any, *args: Any, **kwargs: Any) -> Any:
        if _current is not None:
            _current.note(filename)
        return original(filename, *args, **kwargs)

    return opening


def _exchange(name: str, old: object, new: object) -> None:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and vars(module).get(name) is old:
            vars(module)[name] = new


def _apart(root: Path) -> set[Path]:
    """Folders that may lie below the root and hold what is installed."""
    paths = sysconfig.get_paths()
    places = {Path(paths[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    assert generator.__file__ is not None
    places.add(Path(generator.__file__).parent)
    environment = Path(sys.prefix)
    if environment not in (root, *root.parents):
        places.add(environment)
    return places


def _parsed(file: Path) -> ast.Module | None:
    if file.suffix != ".py":
        return None
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.Module) -> set[str]:
    """The names of modules that a file imports, those of their packages among them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {".".join(parts[:n]) for name in found for parts in [name.split(".")]
            for n in range(1, len(parts) + 1)}  # fmt: skip


def _modules(tree: ast.Module) -> Iterator[Path]:
    """Where the modules lie that a file imports."""
    for name in sorted(_imported(tree)):
        module = sys.modules.get(name)
        origin = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if isinstance(origin, str):
            yield Path(origin)


def _beside(tree: ast.Module, file: Path) -> Iterator[Path]:
    """Where the modules of its own package lie that a file imports: `from .blocks import Block`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            folder = file.parents[min(node.level, len(file.parents)) - 1]
            place = folder.joinpath(*(node.module or "").split("."))
            names = [place, *(place / alias.name for alias in node.names)]
            paths = (p for name in names for p in (name.with_suffix(".py"), name / "__init__.py"))
            yield from (path for path in paths if path.is_file())


def _texts(tree: ast.Module) -> list[str]:
    """Texts in a file that may name a file."""
    return sorted(
        {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.isprintable()
            and 0 < len(node.value) < 200
        }
    )

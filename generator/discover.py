"""Find the models in a folder, each a Python file and perhaps a YAML file, and run neither."""

from __future__ import annotations

import ast
import inspect
import warnings
from typing import TYPE_CHECKING, Any

from generator.load import LoadedModel, faults_of, load
from generator.settings import ModelError, Specification, label, read_settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LoadedModel", "ModelError", "Specification", "discover", "faults_of", "load"]


def discover(folder: Path) -> list[Specification]:
    """Specify every `NAME.py` in a folder, by `order` and then by name.

    Names that begin with `_` are helpers and left out. A file that cannot be read costs nothing
    but itself: its specification carries the `error`, as does one for settings without a model.
    Raises `ModelError` if there is no folder.
    """
    if not folder.is_dir():
        what = "a file" if folder.exists() else "missing"
        raise ModelError(f"{folder} is {what}, expected a folder of models")
    # the folder is resolved but not the files: a link to a model lies where the link is
    files = sorted(folder.resolve().glob("*.py"))
    found = [specify(file) for file in files if file.is_file() and not file.name.startswith("_")]
    alone = (file for file in sorted(folder.resolve().glob("*.yml")) if file.is_file())
    found += [_without_model(file) for file in alone if not file.with_suffix(".py").exists()]
    return sorted(found, key=lambda spec: (spec.order is None, spec.order, spec.name))


def _without_model(settings: Path) -> Specification:
    path = settings.with_suffix(".py")
    error = f"{label(settings)}: belongs to no model, expected {label(path)} beside it"
    return Specification(path.stem, path, title=path.stem, summary="", error=error)


def specify(path: Path) -> Specification:
    """Read what is known of one model: its docstring's first paragraph and its YAML."""
    name = path.stem
    try:
        summary = _first_paragraph(path)
        settings = _settings_beside(path)
    except ModelError as error:
        return Specification(name, path, title=name, summary="", error=str(error))
    return Specification(name, path, **{"title": name, "summary": summary, **settings})


def _settings_beside(path: Path) -> dict[str, Any]:
    misnamed = path.with_suffix(".yaml")
    if misnamed.exists():
        raise ModelError(f"{label(misnamed)}: is not read, expected the name {path.stem}.yml")
    settings = path.with_suffix(".yml")
    return read_settings(settings) if settings.exists() else {}


def _first_paragraph(path: Path) -> str:
    try:
        with warnings.catch_warnings():
            # a doubtful escape in the file is said once, when it runs
            warnings.simplefilter("ignore")
            doc = ast.get_docstring(ast.parse(path.read_bytes()), clean=False)
    except SyntaxError as error:
        where = "" if error.lineno is None else f"line {error.lineno}: "
        raise ModelError(f"{label(path)}: {where}{type(error).__name__}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"{label(path)}: {type(error).__name__}: {error}") from error
    except OSError as error:
        raise ModelError(f"{label(path)}: {error.strerror}, expected a Python file") from error
    return " ".join(inspect.cleandoc(doc or "").split("\n\n")[0].split())

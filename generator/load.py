"""Run a model's file apart from every other, and check what it returns."""

from __future__ import annotations

import importlib.util
import linecache
import os
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generator.apart import OWN_NAME, apart
from generator.settings import ModelError, Specification, label
from generator.shown import Shown, ShownError

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import torch
    from torch import nn

LONGEST_MESSAGE = 400


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model with the arguments to call it with, and its loss or None for the default one."""

    module: nn.Module
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    loss: Callable[[object], torch.Tensor] | None
    shown: Mapping[str, Shown] = field(default_factory=dict)
    """As what inputs are shown, by name, with their vocabularies."""
    outputs: Mapping[str, Shown] = field(default_factory=dict)
    """The same of the outputs."""


def load(spec: Specification) -> LoadedModel:
    """Import a model's file, call its `model()` and `inputs()` under the seed, and check both.

    The interpreter is left as it was, but for the module itself, which stays importable by the
    library under a name of its own. Not for two threads at once: the random state is shared.

    Raises `ModelError` for whatever the file does wrong; KeyboardInterrupt alone passes.
    """
    if spec.error is not None:
        raise ModelError(spec.error)
    with apart(spec.path.parent, spec.seed), faults_of(spec):
        file = _import(spec)
        module = _module(spec, _function(spec, file, "model")())
        args, kwargs = _arguments(spec, _function(spec, file, "inputs")())
    loss = getattr(file, "loss", None)
    if loss is not None and not callable(loss):
        raise ModelError(f"{spec.label}: loss is {_kind(loss)}, expected a function of the output")
    shown = (_shown(spec, "inputs", spec.inputs), _shown(spec, "outputs", spec.outputs))
    loaded = LoadedModel(module, args, kwargs, loss, *shown)
    return loaded if spec.dtype is None else _as_dtype(loaded, spec.dtype)


def _shown(spec: Specification, key: str, tensors: Mapping[str, Shown]) -> dict[str, Shown]:
    try:
        return {name: said.loaded(spec.path.parent) for name, said in tensors.items()}
    except ShownError as error:
        raise ModelError(f"{label(spec.path.with_suffix('.yml'))}: {key}: {error}") from error


@contextmanager
def faults_of(spec: Specification) -> Iterator[None]:
    """Turn whatever a model's own code raises into a `ModelError` of one line."""
    try:
        yield
    except (KeyboardInterrupt, ModelError):
        raise
    except BaseException as error:
        raise ModelError(_described(spec.path, error)) from error


def _described(path: Path, error: BaseException) -> str:
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the text is other people's code too
        message = ""
    if isinstance(error, SyntaxError):
        message = error.msg
    # the same message on every machine and in every run
    message = message.replace(f"{path.parent.parent}{os.sep}", "")
    message = re.sub(r" at 0x[0-9a-fA-F]+", "", message)
    # a state dict that does not fit names every one of its keys
    message = textwrap.shorten(message, LONGEST_MESSAGE, placeholder=" …")
    lines = [
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(path)
    ]
    if isinstance(error, SyntaxError) and error.filename == str(path) and error.lineno is not None:
        lines.append(error.lineno)
    where = f"line {lines[-1]}: " if lines else ""
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return f"{label(path)}: {where}{what}"


def _import(spec: Specification) -> ModuleType:
    linecache.checkcache(str(spec.path))
    name = OWN_NAME + spec.name
    found = importlib.util.spec_from_file_location(name, spec.path)
    assert found is not None
    assert found.loader is not None
    file = importlib.util.module_from_spec(found)
    # dataclasses, pickle and inspect look a class up in its module by name
    sys.modules[name] = file
    found.loader.exec_module(file)
    return file


def _function(spec: Specification, file: ModuleType, name: str) -> Callable[[], object]:
    returns = {"model": "a torch.nn.Module", "inputs": "a tensor, a tuple or a dict"}[name]
    function = getattr(file, name, None)
    if not callable(function):
        what = f"{name} is {_kind(function)}" if hasattr(file, name) else f"{name}() is missing"
        raise ModelError(f"{spec.label}: {what}, expected a function that returns {returns}")
    checked: Callable[[], object] = function
    return checked


def _module(spec: Specification, returned: object) -> nn.Module:
    from torch import nn

    if not isinstance(returned, nn.Module):
        what = _kind(returned)
        raise ModelError(f"{spec.label}: model() returned {what}, expected a torch.nn.Module")
    return returned


def _arguments(
    spec: Specification, returned: object
) -> tuple[tuple[object, ...], dict[str, object]]:
    import torch

    if isinstance(returned, torch.Tensor):
        return (returned,), {}
    if isinstance(returned, tuple):
        return tuple(returned), {}
    if isinstance(returned, Mapping):
        for key in returned:
            if not isinstance(key, str):
                raise ModelError(
                    f"{spec.label}: inputs() returned a dict with the key {key!r}, "
                    "expected names of forward's arguments"
                )
        return (), dict(returned)
    raise ModelError(
        f"{spec.label}: inputs() returned {_kind(returned)}, expected a tensor, a tuple or a dict"
    )


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "None" if value is None else type(value).__name__


def _as_dtype(loaded: LoadedModel, dtype: str) -> LoadedModel:
    import torch

    target: torch.dtype = getattr(torch, dtype)

    def cast(value: object) -> object:
        if isinstance(value, torch.Tensor):
            if not value.is_floating_point():
                return value
            found = value.to(target)
            if hasattr(value, "shown_as"):
                found.shown_as = value.shown_as  # type: ignore[attr-defined]
            return found
        if isinstance(value, dict):
            return {key: cast(child) for key, child in value.items()}
        if type(value) in (list, tuple):
            return type(value)(cast(child) for child in value)  # type: ignore[attr-defined,call-arg]
        return value

    return LoadedModel(
        module=loaded.module.to(target),
        args=tuple(cast(value) for value in loaded.args),
        kwargs={key: cast(value) for key, value in loaded.kwargs.items()},
        loss=loaded.loss,
        shown=loaded.shown,
        outputs=loaded.outputs,
    )

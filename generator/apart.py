"""Run other people's code so that it leaves the interpreter as it was."""

from __future__ import annotations

import importlib
import os
import random
import sys
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

OWN_NAME = "layerbook_model."
"""What the names of the modules made from model files begin with; these alone stay loaded."""


@contextmanager
def apart(folder: Path, seed: int) -> Iterator[None]:
    """Seed every generator, let imports find the folder's helpers, and undo all of it after.

    Undone too: the working directory, torch's default dtype and device, grad mode and threads.
    """
    with _local_imports(folder), _defaults_kept(), _random_kept():
        _sow(seed)
        yield


@contextmanager
def _local_imports(folder: Path) -> Iterator[None]:
    before, path, writes = set(sys.modules), list(sys.path), sys.dont_write_bytecode
    # last: a model called transformers.py must not hide the package of that name
    sys.path.append(str(folder))
    # compiled files are dated by the second, and would hide an edit made within it
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = writes
        for name in set(sys.modules) - before:
            if not name.startswith(OWN_NAME) and _lies_in(sys.modules[name], folder):
                del sys.modules[name]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    spec = getattr(module, "__spec__", None)
    # what stands in sys.modules need not be a module, and need not answer like one
    if not isinstance(spec, ModuleSpec):
        return False
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    found = [Path(place) for place in places if place is not None]
    return any(folder == place or folder in place.parents for place in found)


@contextmanager
def _defaults_kept() -> Iterator[None]:
    import torch

    directory, dtype, grad = Path.cwd(), torch.get_default_dtype(), torch.is_grad_enabled()
    device, threads = torch.get_default_device(), torch.get_num_threads()
    try:
        yield
    finally:
        os.chdir(directory)
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


@contextmanager
def _random_kept() -> Iterator[None]:
    import numpy as np
    import torch

    python, array = random.getstate(), np.random.get_state()  # noqa: NPY002 - the global one
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(array)  # noqa: NPY002


def _sow(seed: int) -> None:
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - models draw from the global generator
    torch.manual_seed(seed)

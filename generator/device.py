"""Which device a run uses: `auto`, `cpu`, `cuda` or `cuda:1`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator import marks
from generator.installed import accelerators

if TYPE_CHECKING:
    from pathlib import Path


def is_device(text: str) -> bool:
    """Tell whether a text names a device, without asking whether this machine has it."""
    return re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", text) is not None


def resolve_device(text: str, docs: Path | None = None) -> str:
    """Name the device to run on: `auto` is CUDA where there is one and the CPU elsewhere.

    Where the machine shows no GPU, or those that it showed when `docs` was built, torch is not
    asked for them again. Raises ValueError, in one line, for what is no device and for one that is
    not there.
    """
    if not is_device(text):
        raise ValueError(f"device is {text!r}, expected auto, cpu, cuda or cuda:N")
    if text == "cpu":
        return text
    count = _count(docs)
    if text == "auto":
        return "cuda" if count else "cpu"
    if text != "cpu" and int(text.partition(":")[2] or 0) >= count:
        there = f"cuda:0 to cuda:{count - 1}" if count else "no CUDA device"
        raise ValueError(f"device {text} is missing, this machine has cpu and {there}")
    return text


def _count(docs: Path | None) -> int:
    """How many CUDA devices torch finds here."""
    seen = accelerators()
    if not seen:
        return 0
    note = {} if docs is None else marks.read(docs / marks.FOLDER / marks.DEVICES) or {}
    known = note.get(seen)
    if isinstance(known, int) and known > 0:
        return known
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    # that there is none is asked each time: what is wrong with a driver need not show
    if count and docs is not None and (docs / marks.FOLDER).is_dir():
        marks.write(docs / marks.FOLDER / marks.DEVICES, {seen: count})
    return count

"""Which device a run uses: `auto`, `cpu`, `cuda` or `cuda:1`."""

from __future__ import annotations

import re


def is_device(text: str) -> bool:
    """Tell whether a text names a device, without asking whether this machine has it."""
    return re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", text) is not None


def resolve_device(text: str) -> str:
    """Name the device to run on: `auto` is CUDA where there is one and the CPU elsewhere.

    Raises ValueError, in one line, for what is no device and for one that is not there.
    """
    import torch

    if not is_device(text):
        raise ValueError(f"device is {text!r}, expected auto, cpu, cuda or cuda:N")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if text == "auto":
        return "cuda" if count else "cpu"
    if text != "cpu" and int(text.partition(":")[2] or 0) >= count:
        there = f"cuda:0 to cuda:{count - 1}" if count else "no CUDA device"
        raise ValueError(f"device {text} is missing, this machine has cpu and {there}")
    return text

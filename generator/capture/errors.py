"""What is wrong in a model's run, said in one line."""

from __future__ import annotations


class CaptureError(Exception):
    """A run could not be recorded; the message names the thing, what it is, what was expected."""


def one_line(error: BaseException) -> str:
    """The error's type and the first line of its message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__

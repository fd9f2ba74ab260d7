"""Seconds that each stage of a model takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from generator.explanation import Seconds

T = TypeVar("T")


class Clock:
    """Adds up the seconds of each stage."""

    def __init__(self) -> None:
        self._spent = {"capture": 0.0, "explain": 0.0, "render": 0.0}

    def timed(self, stage: str, work: Callable[[], T]) -> T:
        begun = time.perf_counter()
        try:
            return work()
        finally:
            self._spent[stage] += time.perf_counter() - begun

    def seconds(self) -> Seconds:
        return Seconds(**self._spent)

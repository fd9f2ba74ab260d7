"""Elements of a tensor that its picture marks, and what the marks mean."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

NOTHING = torch.zeros(0, dtype=torch.int64)


@dataclass(frozen=True, eq=False)
class Marks:
    """Row-major offsets of elements to mark, in order."""

    outlined: Tensor = NOTHING
    dashed: Tensor = NOTHING
    meaning: str = ""
    """In words, for the picture's caption."""


NO_MARKS = Marks()

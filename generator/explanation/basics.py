"""What all pages are made of: links, and the verdict on a quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["verified", "mismatch", "unexplained", "given"]


@dataclass(frozen=True)
class Verdict:
    """One quantity of one step: calculated against actual."""

    of: str
    """`output`, `grad x`, `grad weight`."""
    status: Status
    checked: int
    elements: int
    max_error: float | None
    """Largest |calculated - actual| among the elements checked; None where none was."""
    budget: float | None
    """The budget of the element whose error takes the largest share of its own."""
    share: float | None
    """That share: largest error over budget; at most 1 where verified, 0 where all is exact."""
    reason: str | None


@dataclass(frozen=True)
class Link:
    """A page to go to: its title, its type for a reader, its path relative to docs/."""

    title: str
    detail: str
    page: str

"""What a function of one immutable object gave, remembered by the object's identity.

The blocks of a model repeat, and with them its formulas: what depends on the formula alone is
found once. Equality of trees would take as long as most of what is remembered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 8192
"""Objects that one function remembers; the oldest are forgotten first."""


def per_object(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """The function, called once for each object; the object must not change."""
    known: dict[int, tuple[object, T]] = {}

    @wraps(function)
    def remembering(subject: Any) -> T:
        found = known.get(id(subject))
        if found is None:
            if len(known) >= MOST:
                del known[next(iter(known))]
            # the object is kept, so that no other can have its identity
            found = known[id(subject)] = (subject, function(subject))
        return found[1]

    return remembering

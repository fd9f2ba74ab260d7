"""What is written into a tensor: numbers as its type holds them, and places that are hit twice."""

from __future__ import annotations

from generator.layers.dtypes import held, spelled
from generator.layers.registry import Call, Note, Refused

TWICE = Note(
    "No index may occur twice",
    "Where two places write to the same element, torch leaves open which value stays: on a CPU it "
    "is the last one, as here. Its gradient goes to both.",
)


def number_of(call: Call, option: str) -> int | float:
    """An option that is a real number, as the output's type holds it."""
    given, dtype = call.options[option], call.output.dtype
    if not isinstance(given, bool | int | float):
        raise Refused(f"{spelled(call)}({option}={given!r}): only real numbers are explained")
    if dtype == "bool":
        return int(bool(given))
    # the budget knows of the rounding to float32
    return given if dtype in {"float32", "float64"} else held(given, dtype)

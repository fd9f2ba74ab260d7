"""What a page calls an operand, in a heading and beside a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SHORTEST_WORD = 3
"""Letters of a name that reads as a word, such as `key`; `hx` does not."""
_GENERAL = re.compile(
    r"(input|other|mat|batch|vec|tensor|operand)s?\d?(\[\d+\])?|[abxy]|src|source|values?|min|max|end|"
    r"equation|hx(\[\d\])?|prepend|append"
)
"""Names of arguments that do not say what a function takes them for."""


def role(name: str, meaning: str, *, alone: bool = False) -> str:
    """An operand by what the formula takes it for: the addend, where the argument is `input`.

    `alone` says that it is the only tensor; it is the input then, and no first operand.
    """
    head = re.split("[,:(]", meaning)[0].strip().removesuffix(" as it is given")
    if not head or not _GENERAL.fullmatch(name):
        return operand(name)
    if head.startswith("input") or (alone and head == "first operand"):
        return "the input"
    return head if re.search(r"\d$", head) or head.startswith("what ") else f"the {head}"


def operand(name: str) -> str:
    """A name that is a word with its article, any other as it is written: the bias, bias_ih_l0."""
    if name == "other":
        return "the other operand"
    word = name.isalpha() and name.islower() and len(name) >= _SHORTEST_WORD
    return f"the {name}" if word else name


def series(items: Sequence[str]) -> str:
    """An enumeration: `a, b and c`."""
    return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else "".join(items)


def sentence(said: str) -> str:
    """The beginning of a sentence: `The weight`; a name such as `bias_hh` stays as it is."""
    return said if "_" in said.partition(" ")[0] else said[:1].upper() + said[1:]


def minus(said: str) -> str:
    """A sentence with true minus signs before its negative numbers."""
    return re.sub(r"(?<=[ (/])-(?=[\d.]|π|∞)", "\N{MINUS SIGN}", said)

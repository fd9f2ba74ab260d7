"""What a page calls an operand, in a heading and beside a verdict."""

from __future__ import annotations

_SHORTEST_WORD = 3
"""Letters of a name that reads as a word, such as `key`; `hx` does not."""


def operand(name: str) -> str:
    """A name that is a word with its article, any other as it is written: the bias, bias_ih_l0."""
    if name == "other":
        return "the other operand"
    word = name.isalpha() and name.islower() and len(name) >= _SHORTEST_WORD
    return f"the {name}" if word else name

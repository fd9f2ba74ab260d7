"""How a loss reduces what each element contributes: not at all, to their mean, or to their sum."""

from __future__ import annotations

from typing import Literal

from generator.layers.registry import Call, Refused

Reduction = Literal["none", "mean", "sum"]
_WORDS: dict[Reduction, str] = {
    "none": "each {} by itself",
    "mean": "averaged over the {}s",
    "sum": "added up over the {}s",
}


def reduction(call: Call) -> Reduction:
    """The call's option; Refused for its deprecated spellings `size_average` and `reduce`."""
    for option in ("size_average", "reduce"):
        if call.options.get(option) is not None:
            message = f"{call.type}({option}={call.options[option]!r}): use reduction instead"
            raise Refused(message)
    given = call.options["reduction"]
    for known in _WORDS:
        if given == known:
            return known
    message = f"{call.type}(reduction={given!r}): this reduction is not explained"
    raise Refused(message)


def words(how: Reduction, what: str) -> str:
    """The reduction at the end of a sentence: `averaged over the examples`."""
    return _WORDS[how].format(what)

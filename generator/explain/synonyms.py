"""Which of the words that lead to a layer's page are other names of the layer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from generator.layers.registry import lookup, rules

_USED_FOR = {"bias", "residual connection", "token embedding", "word vectors", "gated"}
"""What a layer is used for, or has, and not what it is called."""


def no_synonyms(type_name: str) -> tuple[str, ...]:
    """The search words of a type by which no reader would call it.

    Such as several kinds of layers have, `mask`, and such as are another kind's title, `softmax`.
    """
    rule = lookup(type_name)
    if rule is None:
        return ()
    own, kinds = _kind(rule.title), _kinds()
    others = (word for word in rule.search if kinds.get(word.casefold(), {own}) != {own})
    found = {*others, *_USED_FOR}
    return tuple(word for word in rule.search if word in found)


@cache
def _kinds() -> Mapping[str, set[str]]:
    """The kinds of layers that a word leads to; a kind's title leads to it."""
    found: dict[str, set[str]] = {}
    for rule in rules().values():
        for word in (rule.title, *rule.search):
            found.setdefault(word.casefold(), set()).add(_kind(rule.title))
    return found


def _kind(title: str) -> str:
    """The title without the number of dimensions."""
    return title.partition(", ")[0].casefold()

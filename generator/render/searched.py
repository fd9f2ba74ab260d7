"""What a page says to the search alone: the names under which a reader may look for it.

A word of the search ends at a space, not at a dot, and finds what begins with it. So a layer's name
is there from each of its parts on, `h.3.attn.c_attn`, `attn.c_attn` and `c_attn`, and a type in
each of its spellings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator.explanation import ContainerPage, ModelPages, StepPage

_HIGHEST = 60
_EACH = 0.95
"""A name that is one character longer counts so much less: `conv1` comes before `conv10`, and a
container before what lies in it."""
_FUNCTION = 0.7
"""A functional step counts so much less than a layer."""
_LEAST = 2
"""More than a page that was written by hand, whose weight is 1."""
MODEL = 100
"""The weight of a model's own page, whose title is on all of its pages."""


def names(page: StepPage | ContainerPage, model: ModelPages) -> str:
    """The page's names, in words that the search tells apart; the model's name last."""
    own = page.step if isinstance(page, StepPage) else page.name
    called = page.search if isinstance(page, StepPage) else ()
    found = [*_endings(own), *_words(own), *_types((page.type, *called)), model.name]
    return " ".join(dict.fromkeys(found))


def weight(page: StepPage | ContainerPage) -> float:
    """How much a word found on the page counts: short names more than long ones."""
    own = page.step if isinstance(page, StepPage) else page.name
    function = isinstance(page, StepPage) and page.kind == "function"
    found = _HIGHEST * _EACH ** len(own) * (_FUNCTION if function else 1)
    return round(max(found, _LEAST), 1)


def _endings(name: str) -> Iterator[str]:
    """A dotted name from each of its parts on; a number alone is no name."""
    parts = name.split(".")
    for start, part in enumerate(parts):
        if not part.isdigit():
            yield ".".join(parts[start:])


def _words(name: str) -> Iterator[str]:
    """The words of the name's last part."""
    return (word for word in name.rpartition(".")[2].split("_") if not word.isdigit())


def _types(spellings: Iterable[str]) -> Iterator[str]:
    """Types as they are written with each way to import them."""
    for spelt in spellings:
        if " " not in spelt:
            yield from _endings(spelt)
            if spelt.startswith("torch.nn.functional."):
                yield f"F.{spelt.rpartition('.')[2]}"

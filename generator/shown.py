"""As what an input or an output of a model is shown: an image, audio, tokens, scores of classes.

The model's YAML says it under `inputs` and `outputs`, or an input tensor itself, in an attribute
`shown_as`.
"""

from __future__ import annotations

import difflib
import json
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

Kind = Literal["image", "audio", "tokens", "classes"]
KINDS: tuple[Kind, ...] = ("image", "audio", "tokens")
"""Of inputs."""
OUTPUT_KINDS: tuple[Kind, ...] = ("classes", "tokens", "image")
WORDS = ("vocabulary", "labels")
"""Options whose entries are text."""


class ShownError(ValueError):
    """What is wrong with how an input or an output is to be shown, in one line."""


@dataclass(frozen=True)
class Shown:
    """One input or output."""

    kind: Kind
    range: tuple[float, float] | None = None
    """Of an image: what is black and what is white; None for its own smallest and largest."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    """Of an image that is normalised, for each channel: x · std + mean is shown."""
    rate: float | None = None
    """Samples a second of audio."""
    vocabulary: Mapping[int, str] = field(default_factory=dict)
    """What tokens or classes are called, by their number."""
    file: str = ""
    """Where the vocabulary is, beside the model; '' where it is given or not known."""

    def loaded(self, folder: Path) -> Shown:
        """With the vocabulary of its file."""
        if not self.file:
            return self
        key, one = ("labels", "label") if self.kind == "classes" else ("vocabulary", "token")
        try:
            content = (folder / self.file).read_text(encoding="utf-8")
            found = json.loads(content) if self.file.endswith(".json") else content.splitlines()
            return replace(self, vocabulary=_vocabulary(found))
        except ShownError as error:
            raise ShownError(f"{key} {self.file}: {error}") from error
        except (OSError, ValueError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            message = f"{key} {self.file}: {reason}, expected a {one} a line, or JSON"
            raise ShownError(message) from error


def shown(value: object, kinds: Sequence[Kind] = KINDS) -> Shown:
    """What YAML or the attribute says; ShownError for what it cannot mean."""
    if isinstance(value, str):
        return Shown(_kind(value, kinds))
    if not isinstance(value, Mapping) or "as" not in value:
        message = f"{reprlib.repr(value)}, expected {_listed(kinds)}, or a mapping with `as`"
        raise ShownError(message)
    kind = _kind(value["as"], kinds)
    options = _OPTIONS[kind]
    known: dict[str, Any] = {}
    for key, given in value.items():
        if key == "as":
            continue
        if key not in options:
            raise ShownError(f"unknown key {key!r} of {kind}, {_nearest(str(key), options)}")
        try:
            known.update(options[key](given))
        except ShownError as error:
            raise ShownError(f"{key}: {error}") from error
        except (TypeError, ValueError) as error:
            message = f"{key} is {reprlib.repr(given)}, expected {_EXPECTED[key]}"
            raise ShownError(message) from error
    if len(known.get("mean", ())) != len(known.get("std", ())):
        raise ShownError("mean and std belong together, expected a number of each for each channel")
    return Shown(kind, **known)


def _kind(value: object, kinds: Sequence[Kind]) -> Kind:
    for kind in kinds:
        if value == kind:
            return kind
    raise ShownError(f"{reprlib.repr(value)}, {_nearest(str(value), kinds)}")


def _range(value: object) -> dict[str, Any]:
    low, high = _numbers(value)
    if not low < high:
        raise ValueError
    return {"range": (low, high)}


def _numbers(value: object) -> tuple[float, ...]:
    found = (value,) if isinstance(value, int | float) else tuple(cast("Sequence[float]", value))
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in found):
        raise TypeError
    if not all(map(math.isfinite, found)):
        raise ValueError
    return tuple(map(float, found))


def _rate(value: object) -> dict[str, Any]:
    (rate,) = _numbers(value)
    if rate <= 0:
        raise ValueError
    return {"rate": rate}


def _file_or_list(value: object) -> dict[str, Any]:
    if isinstance(value, str) and value:
        return {"file": value}
    return {"vocabulary": _vocabulary(value)}


def _vocabulary(value: object) -> dict[int, str]:
    """Tokens by their number: of a list in its order, of a mapping `{token: number}` turned round.

    A mapping from numbers is taken as it is.
    """
    if isinstance(value, Mapping):
        if all(map(_is_number, value.values())) and not all(isinstance(n, int) for n in value):
            return {int(number): _word(number, token) for token, number in value.items()}
        if all(map(_is_number, value)):
            return {int(number): _word(number, token) for number, token in value.items()}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        return {number: _word(number, token) for number, token in enumerate(value)}
    raise TypeError("neither a list nor a mapping of tokens to whole numbers")


def _is_number(key: object) -> bool:
    """Whether it is a whole number, or one as text: that is what the keys of YAML and JSON are."""
    if isinstance(key, str):
        return key.isascii() and key.isdigit()
    return isinstance(key, int) and not isinstance(key, bool)


def _word(number: object, token: object) -> str:
    if isinstance(token, bool) or not isinstance(token, str | int | float):
        raise ShownError(f"entry {number} is {reprlib.repr(token)}, expected text")
    return str(token)


_OPTIONS: dict[Kind, dict[str, Callable[[object], dict[str, Any]]]] = {
    "image": {
        "range": _range,
        "mean": lambda value: {"mean": _numbers(value)},
        "std": lambda value: {"std": _numbers(value)},
    },
    "audio": {"rate": _rate},
    "tokens": {"vocabulary": _file_or_list},
    "classes": {"labels": _file_or_list},
}
_EXPECTED = {
    "range": "two numbers, what is black and what is white, such as [0, 1]",
    "mean": "a number for each channel",
    "std": "a number for each channel",
    "rate": "samples a second, such as 16000",
    "vocabulary": "a file of tokens beside the model, or a list",
    "labels": "a file of labels beside the model, or a list",
}


def _nearest(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"expected {_listed(list(known))}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

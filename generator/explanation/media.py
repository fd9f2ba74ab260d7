"""A model's inputs and answer as a person takes them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.explanation.basics import Link


@dataclass(frozen=True)
class Seen:
    """An input or output that is an image."""

    name: str
    number: int
    count: int
    """Which of how many images in the batch."""
    size: tuple[int, int]
    """Width and height."""
    drawn: tuple[int, int]
    """Those of `pixels`, which has fewer of a large image."""
    channels: int
    """1, grey, or 3: red, green, blue."""
    pixels: bytes
    """Rows from above, a byte for each channel of a pixel."""
    low: float
    high: float
    """What 0 and 255 stand for."""
    outside: int
    """Values of all images shown that lie beyond these."""
    restored: bool
    """Whether a normalisation was undone first."""
    output: bool = False
    """Whether it is an output."""


@dataclass(frozen=True)
class Heard:
    """An input that is audio."""

    name: str
    number: int
    count: int
    """Which of how many tracks."""
    samples: int
    rate: float | None
    """Samples a second."""
    low: tuple[float, ...]
    high: tuple[float, ...]
    """The least and the greatest of the samples in each of as many parts of equal length."""


@dataclass(frozen=True)
class Read:
    """An input that is tokens of a vocabulary."""

    name: str
    tokens: tuple[tuple[int, str | None], ...]
    """Number and text; None where the vocabulary does not have it."""
    more: int
    """Further tokens of the sequence."""
    sequences: int
    """In the batch; the first is shown."""
    named: bool
    """Whether there is a vocabulary."""


Media = Seen | Heard | Read


@dataclass(frozen=True)
class Score:
    """An element of an output."""

    place: tuple[int, ...]
    """Of a score, the class alone."""
    label: str
    """What the model's settings call the class; '' for nothing."""
    value: float
    probability: float | None = None


@dataclass(frozen=True)
class Ranking:
    """The scores of all classes at one place of an output."""

    place: tuple[int, ...]
    """Along the other axes; () where there is none."""
    first: tuple[Score, ...]
    """The largest, from the largest on."""
    target: Score | None
    """The class that the loss was told to be right; None where that is not known."""
    rank: int = 0
    """How many classes have a larger score than the target."""


@dataclass(frozen=True)
class Scores:
    """An output that has a score for each of several classes."""

    classes: int
    rankings: tuple[Ranking, ...]
    places: int
    """At how many places there are scores, shown or not."""
    takes: Literal["logits", "log-probabilities", "probabilities", "scores"]
    """What the scores are, as far as that is known."""
    known: Link | None
    """The step that says so: the loss that takes them, or the softmax that made them."""
    right: int
    """How many targets have the largest score, of `targets`."""
    targets: int
    next: bool
    """Whether the classes are the tokens that may come next."""
    last: bool = False
    """Whether the last places are shown, not the first."""
    named: str = ""
    """The input whose vocabulary the labels are from; '' for the settings' own, or none."""
    place: Literal["sample", "position"] = "position"
    """What each of the places is."""


@dataclass(frozen=True)
class Answer:
    """An output of the model."""

    name: str
    shape: tuple[int, ...]
    whole: bool
    made: Link | None
    """The step that made it."""
    largest: tuple[Score, ...]
    """A few elements, from the largest on; none where the output has scores of classes."""
    smallest: tuple[Score, ...]
    scores: Scores | None
    media: tuple[Media, ...] = ()

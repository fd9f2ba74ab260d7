"""A model's layers by type and size, and their numbers beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.explanation.basics import Link


@dataclass(frozen=True)
class Ranked:
    """A layer in a list of the largest, with those whose names differ in their numbers alone."""

    link: Link
    """The first of them."""
    number: int
    """Of each."""
    times: int
    share: float
    """What they have together of the model's."""


@dataclass(frozen=True)
class NameFamily:
    """Layers whose names differ in their numbers alone."""

    name: str
    """With `*` for the numbers, `h.*.attn`; '' for one layer by itself."""
    links: tuple[Link, ...]
    """Titled by the numbers, `3` or `(3, 1)`; a layer by itself by its name."""


@dataclass(frozen=True)
class TypeOfLayer:
    """All layers and functional steps of one type."""

    id: str
    """Its place on the page of all types."""
    title: str
    spelled: tuple[str, ...]
    """`torch.nn.ReLU`, `torch.nn.functional.relu`."""
    count: int
    parameters: int
    multiply_adds: int
    families: tuple[NameFamily, ...]


@dataclass(frozen=True)
class Catalogue:
    """The steps of a model by size and by type."""

    page: str
    by_parameters: tuple[Ranked, ...]
    """The largest first; a parameter counts at each step that reads it."""
    by_multiply_adds: tuple[Ranked, ...]
    types: tuple[TypeOfLayer, ...]
    """In the order of their first step."""


@dataclass(frozen=True)
class Level:
    """A step of a model beside the others, or several that follow each other."""

    first: Link
    more: int
    """Steps behind the first; 0 for one step alone."""
    parameters: int
    multiply_adds: int
    output: tuple[float, float] | None
    """Root mean squares of the outputs: the smallest and the largest; None where there is none."""
    gradient: tuple[float, float] | None
    """The same of the gradients that arrive at the outputs."""
    zeros: float | None
    """The largest share of an output that is exactly zero."""
    dead: bool = False
    """Whether an output is zero throughout."""
    cut: bool = False
    """Whether the gradient that arrives there is."""
    broken: bool = False
    """Whether there is a NaN or an infinity in one of them."""


StandsOut = Literal[
    "parameters",
    "multiply-adds",
    "largest output",
    "smallest output",
    "largest gradient",
    "smallest gradient",
    "dead output",
    "dead gradient",
    "broken",
]


@dataclass(frozen=True)
class Standing:
    """Steps that stand out from the others, and by what."""

    by: StandsOut
    steps: tuple[Link, ...]
    more: int = 0
    """Further ones that are not named."""
    value: float = 0.0


@dataclass(frozen=True)
class Magnitudes:
    """What is large and what is small across a model, in the order of the run."""

    levels: tuple[Level, ...]
    steps: int
    """Steps that the levels are of."""
    standing: tuple[Standing, ...]
    parameters: int
    """All that the model has, whether a step reads them or not."""
    multiply_adds: int
    """With those of the loss, which is not among the levels."""

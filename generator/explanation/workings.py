"""Formulas, and elements worked out by them."""

from __future__ import annotations

from dataclasses import dataclass

from generator.explanation.basics import Link, Verdict
from generator.explanation.pictures import Grid, Picture


@dataclass(frozen=True)
class Term:
    """One term of a long sum, in plain text, with its value."""

    index: str
    text: str
    value: float


@dataclass(frozen=True)
class TermGroup:
    """Consecutive terms of a long sum with their subtotal."""

    title: str
    terms: tuple[Term, ...]
    subtotal: float
    cut: bool = False
    """Whether further terms of the group may be among those that are not listed."""


@dataclass(frozen=True)
class TermTable:
    """Terms of a long sum as comma-separated values, in a file beside the page."""

    path: str
    """Relative to docs/; it ends in `.gz` where the file is compressed."""
    data: bytes
    rows: int


@dataclass(frozen=True)
class LongSum:
    """A reduction with too many terms for one formula: S₁, with its terms in groups."""

    symbol: str
    """LaTeX, `S_{1}`."""
    kind: str
    """`sum`, `prod`, `max`, …"""
    axes: tuple[str, ...]
    groups: tuple[TermGroup, ...]
    count: int
    omitted: int
    """Terms that are part of the value but not listed."""
    value: float
    rest: float | None = None
    """What the terms of a sum come to that are not listed; None where all are, and of others."""
    tables: tuple[TermTable, ...] = ()
    """All of the terms, where some are not listed and they are not too many for files."""


@dataclass(frozen=True)
class StageWorked:
    """One element of an intermediate quantity, worked out."""

    left: str
    """LaTeX, `\\mu_{0}`."""
    substitution: str
    value: float
    sums: tuple[LongSum, ...]


@dataclass(frozen=True)
class Scalar:
    """A single number that a working reads, such as a bias."""

    symbol: str
    title: str
    value: float
    link: Link | None


@dataclass(frozen=True)
class Maximum:
    """Where a maximum was found."""

    position: tuple[int, ...]
    value: float
    ties: int
    """How many cells hold it."""


@dataclass(frozen=True)
class Worked:
    """One element worked out."""

    element: tuple[int, ...]
    axes: tuple[str, ...]
    why: str
    """Why this one, `the largest of the output`."""
    left: str
    """LaTeX of the element, `y_{0,0,1,1}`."""
    substitution: str
    sums: tuple[LongSum, ...]
    stages: tuple[StageWorked, ...]
    grids: tuple[Grid, ...]
    scalars: tuple[Scalar, ...]
    maximum: Maximum | None
    calculated: float
    actual: float
    error: float
    budget: float
    reads: tuple[tuple[str, tuple[tuple[int, ...], ...]], ...] = ()
    """Elements inside each operand that the working read, by the operand's name."""
    more_stages: tuple[tuple[str, int], ...] = ()
    """Symbol of each stage of which more elements were computed than `stages` shows; how many."""
    decimals: int = 0
    """Decimals of this working's operands where they need more than the model's; 0: they do not."""
    unreached: bool = False
    """For a gradient: whether no term of its sum reaches this element."""


@dataclass(frozen=True)
class StageFormula:
    """The definition of an intermediate quantity."""

    meaning: str
    shape: tuple[int, ...]
    general: str
    configured: str
    symbol: str = ""
    """LaTeX of the quantity without indices, `\\mu`."""


@dataclass(frozen=True)
class Symbol:
    """A symbol of a formula: what it means here, and its value or its shape."""

    latex: str
    meaning: str
    value: str
    link: Link | None = None


@dataclass(frozen=True)
class Section:
    """One quantity: its formulas, worked elements and verdict."""

    of: str
    """As in the verdict."""
    title: str
    """`Gradient of the input x`."""
    symbol: str
    """LaTeX of the quantity, `y` or `\\frac{\\partial L}{\\partial W}`."""
    shape: tuple[int, ...]
    general: str
    configured: str
    stages: tuple[StageFormula, ...]
    worked: tuple[Worked, ...]
    """The first is the page's own; the others stand folded behind it."""
    verdict: Verdict
    result: str
    """What is computed, for `Calculated … value`."""
    arrives: tuple[Link, ...]
    """For a gradient: where the upstream gradient came from."""
    goes: Link | None
    """For a gradient: where it goes, the page of the operand's origin."""
    derivative: float | None = None
    """For a gradient: its largest difference from the forward formula differentiated, both in
    float64, as a share of the largest value; None where that was not compared."""
    pictures: tuple[Picture, ...] = ()
    """Of the quantity itself, such as a gradient."""
    dtype: str = ""
    """In which torch computed it, `float32`; '' where that is not known."""
    summed: Link | None = None
    """For the gradient of what other steps read too: where the sum over all of them stands."""


@dataclass(frozen=True)
class Upstream:
    """A gradient that arrived at one of a step's outputs."""

    symbol: str
    """LaTeX of the output, `y`."""
    parts: tuple[Link, ...]
    """The steps that sent it back."""


@dataclass(frozen=True)
class GradientSum:
    """The gradient of a tensor that several steps read, as the sum of what each sends back."""

    section: Section
    parts: tuple[Link, ...]
    """The steps, each once, in the order of the run."""
    count: int
    """The terms; more than there are steps where one reads the tensor twice."""
    what: str
    """The tensor: `the weight`."""
    upstream: bool
    """Whether the tensor is an output of the step that shows it, not something that it reads."""
    symbols: tuple[Symbol, ...] = ()
    """Those in it that the step's own formulas do not have."""

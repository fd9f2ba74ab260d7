"""Numbers as tables, heatmaps and histograms."""

from __future__ import annotations

from dataclasses import dataclass

from generator.explanation.basics import Link


@dataclass(frozen=True)
class GridCell:
    """A number in a table; None where the table has no number there."""

    value: float | None
    padded: bool = False
    hit: bool = False


@dataclass(frozen=True)
class Plane:
    """A table of numbers as they lie in the tensor."""

    title: str
    """`Channel 0`; '' for the only one."""
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[GridCell, ...], ...]


@dataclass(frozen=True)
class Grid:
    """The elements of one operand that a working reads."""

    title: str
    """`Filter Weights`, `Input Receptive Field`."""
    symbol: str
    """LaTeX of the operand's elements, `x_{0,c,h+i-1,…}`."""
    shape: tuple[int, ...]
    row_axis: str
    column_axis: str
    planes: tuple[Plane, ...]
    padded: int
    """Cells that lie outside of the tensor."""
    link: Link | None
    """Where the operand comes from."""
    parameter: bool = False
    """Whether the operand is a parameter, whose tables stand first."""


@dataclass(frozen=True)
class Statistics:
    """A tensor in a few numbers."""

    title: str
    shape: tuple[int, ...]
    minimum: float
    maximum: float
    mean: float
    zeros: int
    elements: int
    whole: bool = False
    """Whether its numbers are integers, or true and false."""


@dataclass(frozen=True)
class Distribution:
    """How the values of a tensor are spread."""

    title: str
    low: float
    high: float
    """The smallest and the largest ordinary number that is counted."""
    counts: tuple[int, ...]
    """In bins of equal width from low to high; one where these are equal, none where no value is
    an ordinary number."""
    elements: int
    zeros: int
    nan: int
    infinite: int
    """Of all elements."""
    rms: float
    """Root mean square of the ordinary ones."""
    sampled: int = 1
    """Every so-manieth element is counted in a bin."""
    masked: int = 0
    """Elements of the type's largest magnitude, which masks have in place of an infinity; they are
    no ordinary numbers, nor are NaN and infinities."""


@dataclass(frozen=True)
class Picture:
    """Numbers to be drawn as a heatmap: planes of rows of numbers."""

    title: str
    describes: str
    """For the text alternative: what is shown, with its shape and extremes."""
    planes: tuple[tuple[tuple[float, ...], ...], ...]
    labels: tuple[str, ...]
    """One for each plane, `channel 0`; '' for the only one."""
    marked: tuple[tuple[int, int, int], ...] = ()
    """(plane, row, column) of cells to outline, such as the receptive field."""
    dashed: tuple[tuple[int, int, int], ...] = ()
    """The same of cells to outline with a dashed line, to which a gradient goes back."""
    meaning: str = ""
    """What the outlines mean."""
    omitted: int = 0
    """Planes that are not drawn."""
    sampled: tuple[int, int] = (1, 1)
    """Every so-manieth row is drawn, and every so-manieth column."""
    largest: float | None = None
    """Largest magnitude of the whole tensor, drawn or not; None for that of the planes."""
    whole: bool = False
    """Whether the numbers are integers, or true and false, which have no decimals."""

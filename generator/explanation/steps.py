"""The page of a step, and what it says beside its formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.explanation.basics import Link, Verdict
from generator.explanation.diagrams import Diagram
from generator.explanation.pictures import Distribution, Picture, Statistics
from generator.explanation.workings import GradientSum, Section, Symbol, Upstream


@dataclass(frozen=True)
class OperandFact:
    """A tensor that comes in: what it is, and where it comes from."""

    name: str
    symbol: str
    role: str
    """`input`, `parameter`, `statistic`, `drawn`; `not read` of a buffer that no formula reads."""
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    dtype: str
    origin: str
    """In words: `the model's input x`, `the output of conv1`, `parameter conv1.weight`."""
    link: Link | None
    called: str = ""
    """What the formula takes it for, `addend`; '' where its name says that."""


@dataclass(frozen=True)
class OutputFact:
    """One of several outputs of a step: what it is, and who reads it."""

    name: str
    """`part 0`, `h_n`."""
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    holds: str
    """`positions 0 to 23 of the input along axis 2`; '' where the name says it all."""
    readers: tuple[Link, ...]


@dataclass(frozen=True)
class SizeFact:
    """How one axis of the output gets its length."""

    axis: str
    symbol: str
    general: str
    configured: str
    value: int


@dataclass(frozen=True)
class FieldAxis:
    """One axis of a receptive field."""

    length: int
    """Elements along it on which one element of the output depends, at most."""
    extent: int
    """All that there are."""
    step: float
    """How far the field moves from one element of the output to the next; 0 where it does not, or
    along several of the output's axes."""


@dataclass(frozen=True)
class ReceptiveField:
    """What one element of a step's output depends on in an input of the model."""

    input: str
    axes: tuple[FieldAxis, ...]


@dataclass(frozen=True)
class NoteText:
    """A pitfall: a title, and Markdown with formulas."""

    title: str
    text: str


@dataclass(frozen=True)
class Siblings:
    """The same layer in other blocks of a list: `h.3.attn` beside `h.2.attn` and `h.4.attn`.

    The links are titled by the block, in the order of the run.
    """

    block: str
    """The layer's own, `h.3`."""
    count: int
    first: Link | None
    """None where it is the previous one, or the layer's own."""
    previous: Link | None
    next: Link | None
    last: Link | None


@dataclass(frozen=True)
class Relations:
    """What a layer has to do with others, beside the tensors between them."""

    type: str
    place: int
    """Which one of its type it is, from 1 in the order of the run."""
    count: int
    previous: Link | None
    """The one of its type that ran before."""
    next: Link | None
    listed: Link
    """The list of all of its type."""
    siblings: tuple[Siblings, ...]
    """From the outermost list of blocks inwards."""


@dataclass(frozen=True)
class StepPage:
    """Everything on the page of one layer or functional step."""

    name: str
    """For a reader: `conv1`, `conv1 (call 2)`."""
    step: str
    """The step's own name, the same for all of its calls."""
    call: int
    kind: Literal["module", "function", "loss"]
    type: str
    page: str
    title: str
    """The field's term, `Convolution, 2d`; the type's own name where it is not explained."""
    search: tuple[str, ...]
    summary: str
    refused: str | None
    """Why it is not explained; None where it is."""
    operands: tuple[OperandFact, ...]
    consumers: tuple[Link, ...]
    previous: Link | None
    next: Link | None
    up: Link
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    output_axes: tuple[str, ...]
    output_symbol: str
    dtype: str
    parameters: int
    multiply_adds: int
    configuration: tuple[tuple[str, str], ...]
    mode: str
    """`training`, `evaluation`, '' where it makes no difference to a function."""
    source: str
    """`tinycnn.py, line 23`."""
    code: str
    symbols: tuple[Symbol, ...]
    sizes: tuple[SizeFact, ...]
    """How the output's shape follows, axis by axis."""
    forward: Section | None
    gradients: tuple[Section, ...]
    notes: tuple[NoteText, ...]
    pictures: tuple[Picture, ...]
    statistics: tuple[Statistics, ...]
    verdicts: tuple[Verdict, ...]
    others: tuple[Section, ...] = ()
    """Outputs behind the first, of a call that gives several."""
    sums: tuple[GradientSum, ...] = ()
    """Of its outputs, and of what it is the first to read, where several steps read them."""
    distributions: tuple[Distribution, ...] = ()
    """Of its output, its first parameters, and gradients of these and of its first operands."""
    not_drawn: tuple[str, ...] = ()
    """Operands and parameters of which `distributions` has nothing, as there are many."""
    receptive: tuple[ReceptiveField, ...] = ()
    """Of the output's elements, in the inputs of the model on which they depend."""
    upstream: tuple[Upstream, ...] = ()
    """Of each output at which a gradient arrived."""
    place: Diagram | None = None
    """The step between its neighbours; of a layer called several times, at its first call."""
    related: Relations | None = None
    """None for a further call of a layer."""
    shape: str = ""
    """How the output's shape follows, in a sentence; '' where `sizes` say it all."""
    no_synonyms: tuple[str, ...] = ()
    """Words of `search` by which a reader may look for it, and which are no names of it."""
    called: tuple[tuple[str, str], ...] = ()
    """What the page calls a verdict's quantity, where that is not what its name says."""
    outputs: tuple[OutputFact, ...] = ()
    """Of a step that gives several."""

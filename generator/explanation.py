"""What is known of a model once everything is computed: all that a page shows, and nothing else.

Records are frozen and hold plain numbers and text. Formulas are LaTeX for math mode; every other
text is plain text, which rendering escapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["verified", "mismatch", "unexplained", "given"]


@dataclass(frozen=True)
class Verdict:
    """One quantity of one step: calculated against actual."""

    of: str
    """`output`, `grad x`, `grad weight`."""
    status: Status
    checked: int
    elements: int
    max_error: float | None
    """Largest |calculated - actual| among the elements checked; None where none was."""
    budget: float | None
    """The budget of the element whose error takes the largest share of its own."""
    share: float | None
    """That share: largest error over budget; at most 1 where verified, 0 where all is exact."""
    reason: str | None


@dataclass(frozen=True)
class Link:
    """A page to go to: its title, its type for a reader, its path relative to docs/."""

    title: str
    detail: str
    page: str


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


@dataclass(frozen=True)
class NoteText:
    """A pitfall: a title, and Markdown with formulas."""

    title: str
    text: str


@dataclass(frozen=True)
class Box:
    """A box of a diagram: a step, a container, several of them folded, or what lies outside."""

    title: str
    """`conv1`, `12 × Block`."""
    type: str
    """`Conv2d`; for what is folded, its names: `h.0 … h.11`."""
    shape: tuple[int, ...] | None
    """The output's that goes on; None where there is none or the box stands for several steps'."""
    page: str
    """The page that it leads to, relative to docs/, with a place on it if need be."""
    kind: Literal["layer", "function", "container", "repeat", "group", "outside", "here"]
    """`layer` has parameters, `function` has none; `repeat` is the same over and over, `group` a
    run of different steps; `outside` does not belong to what is drawn, `here` is the page's own."""
    name: str
    """The full name; that of the first, for what is folded."""
    note: str = ""
    """`call 2 of 3`, `weight shared with wte`."""
    folded: tuple[Link, ...] = ()
    """The first of what is folded into the box."""
    count: int = 1
    """How many are folded into it."""
    further: tuple[tuple[int, ...], ...] = ()
    """Other shapes of outputs that go on."""


@dataclass(frozen=True)
class Arrow:
    """Tensors that go from one box to another, by the boxes' positions."""

    source: int
    target: int
    skips: bool = False
    """Whether another way between the two leads through other boxes."""


@dataclass(frozen=True)
class Frame:
    """A container of which a diagram shows the parts: a frame around their boxes."""

    title: str
    type: str
    page: str
    boxes: tuple[int, ...]
    """Positions of all boxes in it, in frames within it too."""
    inside: int | None
    """Position of the frame around it, which stands before it; None where there is none."""


@dataclass(frozen=True)
class Diagram:
    """Boxes in the order in which they ran, and the tensors between them."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    of: str = ""
    """The container that some boxes lie outside of; '' for the model."""
    call: int = 0
    """How often what is drawn was called; 0 where that is once."""
    frames: tuple[Frame, ...] = ()


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


@dataclass(frozen=True)
class Part:
    """A line in the table of a model or container: a step, or a container within."""

    link: Link
    type: str
    kind: Literal["step", "container"]
    input_shapes: tuple[tuple[int, ...], ...]
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    counts: tuple[tuple[Status, int], ...]
    depth: int
    """How deep it lies below the page's own container."""
    function: bool = False
    """Whether it is a functional step, between the modules."""


@dataclass(frozen=True)
class ContainerPage:
    """A module that is no step: its parts, in the order in which they ran."""

    name: str
    type: str
    doc: str
    page: str
    up: Link
    previous: Link | None
    next: Link | None
    source: str
    code: str
    inputs: tuple[OperandFact, ...]
    outputs: tuple[OperandFact, ...]
    parts: tuple[Part, ...]
    parameters: int
    multiply_adds: int
    counts: tuple[tuple[Status, int], ...]
    inside: Diagram | None = None
    unread: tuple[OperandFact, ...] = ()
    """What it is given and no step inside reads."""
    siblings: tuple[Siblings, ...] = ()
    """The same container in other blocks."""


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
class NotRun:
    """Modules of one type that never ran, whose names differ in their numbers alone."""

    name: str
    """With `*` for the numbers, `h.*.drop`; of one alone, its own."""
    type: str
    names: tuple[str, ...]


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


@dataclass(frozen=True)
class Seconds:
    """Wall-clock time of each stage; for the summary and the report, never for a page."""

    capture: float
    explain: float
    render: float


@dataclass(frozen=True)
class ModelPages:
    """A model's pages."""

    name: str
    title: str
    summary: str
    type: str
    page: str
    source: str
    device: str
    mode: str
    dtype: str
    notes: tuple[str, ...]
    """How the run was set: TF32 off, …"""
    inputs: tuple[OperandFact, ...]
    outputs: tuple[OperandFact, ...]
    loss: float
    parts: tuple[Part, ...]
    steps: tuple[StepPage, ...]
    containers: tuple[ContainerPage, ...]
    not_run: tuple[NotRun, ...]
    parameters: int
    multiply_adds: int
    counts: tuple[tuple[Status, int], ...]
    pictures: tuple[Picture, ...]
    decimals: int
    """Decimals of results; operands have two fewer, at least one."""
    overview: Diagram | None = None
    magnitudes: Magnitudes | None = None
    """None for a model of less than two steps."""
    media: tuple[Media, ...] = ()
    """Inputs that are images, audio or tokens."""
    catalogue: Catalogue | None = None
    """None for a model without a step."""
    answers: tuple[Answer, ...] = ()
    """The first few outputs."""
    loss_step: Link | None = None
    """The step that gave the loss."""
    unread: int = 0
    """Parameters that no step reads."""


@dataclass(frozen=True)
class Entry:
    """A page in the navigation, with the pages below it."""

    title: str
    """'' for the title that the page has itself."""
    page: str
    """'' for a section that is no page of its own."""
    below: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class ModelSummary:
    """What the list of all models says of one; kept beside its pages between builds."""

    name: str
    title: str
    summary: str
    page: str
    type: str
    error: str | None
    layers: int
    """Steps that have a page."""
    parameters: int
    multiply_adds: int
    counts: tuple[tuple[Status, int], ...]
    order: int | None
    pages: tuple[Entry, ...]
    """The navigation below the model's own page."""
    live: bool = False
    """Whether it was documented from a script, so that it has no file in models/."""


@dataclass(frozen=True)
class FailedModel:
    """A model that could not be loaded or run: its page says what happened."""

    name: str
    title: str
    summary: str
    page: str
    source: str
    error: str

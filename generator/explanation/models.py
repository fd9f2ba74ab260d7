"""The pages of a model: its own, and those of its containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.explanation.basics import Link, Status
from generator.explanation.diagrams import Diagram
from generator.explanation.media import Answer, Media
from generator.explanation.overviews import Catalogue, Magnitudes
from generator.explanation.pictures import Picture
from generator.explanation.steps import OperandFact, Siblings, StepPage


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
class NotRun:
    """Modules of one type that never ran, whose names differ in their numbers alone."""

    name: str
    """With `*` for the numbers, `h.*.drop`; of one alone, its own."""
    type: str
    names: tuple[str, ...]


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

"""Boxes and arrows of a part of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.explanation.basics import Link


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

"""The largest or smallest of some elements, where it stands, and who gets its gradient."""

from __future__ import annotations

from typing import Literal

from generator.formula.build import argmax, argmin, bracket, equal, largest, smallest
from generator.formula.tree import Expr, Num, Stage, Tensor
from generator.layers.over_axes import Reduced
from generator.layers.registry import Call, Note

Kind = Literal["max", "min"]
WORDS: dict[Kind, str] = {"max": "largest", "min": "smallest"}


def extreme(over: Reduced, kind: Kind) -> Expr:
    """The largest or smallest element over the axes that go."""
    if not over.spans:
        return over.value
    return (largest if kind == "max" else smallest)(over.spans, over.value)


def position(over: Reduced, kind: Kind) -> Expr:
    """Where it stands, counted row-major over the axes that go; the first of several."""
    if not over.spans:
        return Num(0)
    return (argmax if kind == "max" else argmin)(over.spans, over.value)


def shared_equally(
    over: Reduced, kind: Kind, result: Tensor | None = None
) -> tuple[Expr, tuple[Stage, ...]]:
    """The gradient where all elements that are equal to the extreme get the same part of it."""
    result = over.y if result is None else result
    g = over.g_of(result)
    if over.count == 1:
        return g, ()
    first = result.name == "output"
    found, m = over.stage(
        kind, "m" if first else "M", f"{WORDS[kind]} element", extreme(over, kind)
    )
    here = bracket(equal(over.value, m))
    meaning = f"how many elements are equal to the {WORDS[kind]}"
    ties, count = over.stage(f"ties_{kind}", "k" if first else "K", meaning, over.sum_of(here))
    return g * here / count, (found, ties)


def selected(over: Reduced, kind: Kind) -> tuple[Expr, tuple[Stage, ...]]:
    """The gradient where the first of the extremes along the one axis gets all of it."""
    if not over.axes:
        return over.g, ()
    found, p = over.stage(
        "position",
        "p",
        f"position of the first {WORDS[kind]} element",
        position(over, kind),
        integer=True,
    )
    (place,) = over.gone
    return over.g * bracket(equal(p, over.axes[place].at)), (found,)


def ties_share(call: Call, kind: Kind) -> tuple[Note, ...]:
    """That equal elements share the gradient, where there is one."""
    if call.tensors["input"].integer:
        return ()
    return (
        Note(
            "Ties share the gradient",
            f"Where several elements are equal to the {WORDS[kind]}, each gets the same part.",
        ),
    )


def first_of_ties(kind: Kind) -> Note:
    """That of equal elements the first counts."""
    return Note(
        "The first of several counts",
        f"Where several elements are equal to the {WORDS[kind]}, torch takes the first one.",
    )

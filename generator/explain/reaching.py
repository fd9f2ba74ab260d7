"""The worked element of an output: what it reads of each operand, where its gradient goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generator.explain.bound import BoundStep
from generator.explain.marks import NO_MARKS, NOTHING, Marks
from generator.explanation import Section, Worked
from generator.formula.operands import offset
from generator.formula.reach import reach
from generator.formula.tree import Read


@dataclass(frozen=True)
class Reached:
    """Row-major offsets in each operand, by the operand's name."""

    element: tuple[int, ...] | None = None
    """The output's worked element; None where none is worked out."""
    reads: Mapping[str, Tensor] = field(default_factory=dict)
    arrives: Mapping[str, Tensor] | None = None
    """Where its gradient goes back; None where that is not known."""
    listed: bool = False
    """Whether `reads` are those of the terms that the page lists, of more that there are."""

    def field(self, name: str) -> Marks:
        """What the worked element reads of an operand: its receptive field there."""
        read = self.reads.get(name, NOTHING)
        count = read.numel()
        if not count:
            return NO_MARKS
        who = "the listed terms read" if self.listed else "the worked element of the output reads"
        what = f"Outlined: {_elements(count)} that {who}."
        if self.arrives is None or name not in self.arrives:
            return Marks(read, meaning=what)
        back = self.arrives[name]
        if back.numel() == count:
            return Marks(read, meaning=f"{what} Its gradient goes back to {_all(count)}.")
        if not back.numel():
            none = "it" if count == 1 else "any of them"
            return Marks(read, meaning=f"{what} Its gradient does not go back to {none}.")
        part = "one" if back.numel() == 1 else f"{back.numel():,}"
        left = count - back.numel()
        others = "the other one" if left == 1 else f"the other {left:,}"
        some = (
            f"Dashed: the {part} of them to which its gradient goes back; its derivative with "
            f"respect to {others} is exactly 0 here."
        )
        return Marks(read, back, f"{what} {some}")

    def gradient(self, names: Sequence[str], own: Marks) -> Marks:
        """Marks in the gradient of operands that are one tensor; `own` marks its worked element."""
        if self.arrives is None or self.element is None:
            return own
        there = [self.arrives[name] for name in names if name in self.arrives]
        found = torch.unique(torch.cat(there)) if there else NOTHING
        at = f"({', '.join(map(str, self.element))})" if self.element else ""
        whose = " ".join(filter(None, ("the output's worked element", at)))
        if not found.numel():
            said = f"Nothing of this gradient came back from {whose}."
        else:
            what = _elements(found.numel())
            said = f"Dashed: {what} whose gradient has a part that came back from {whose}."
        return Marks(own.outlined, found, f"{own.meaning} {said}")


def reached(ready: BoundStep, forward: Section, tensors: Mapping[str, Tensor]) -> Reached:
    """Of the first worked element of the forward section."""
    if not forward.worked:
        return Reached()
    worked = forward.worked[0]
    equation = ready.configured(ready.formula.forward)
    if isinstance(equation.body, Read) and not equation.stages:
        # what only moves data sends the gradient back to where the number came from
        reads = _listed(worked, tensors)
        back = {n: r for n, r in reads.items() if tensors[n].is_floating_point()}
        return Reached(worked.element, reads, back)
    found = reach(equation, dict(tensors), worked.element)
    if found is None:
        sums = (*worked.sums, *(s for stage in worked.stages for s in stage.sums))
        cut = bool(worked.more_stages) or any(s.omitted for s in sums)
        return Reached(worked.element, _listed(worked, tensors), None, cut)
    back = {n: r for n, r in found.arrives.items() if tensors[n].is_floating_point()}
    return Reached(worked.element, found.reads, back)


def _listed(worked: Worked, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: torch.tensor(sorted({offset(index, tensors[name].shape) for index in where}))
        for name, where in worked.reads
        if name in tensors and where
    }


def _elements(count: int) -> str:
    return "the element" if count == 1 else f"the {count:,} elements"


def _all(count: int) -> str:
    return {1: "it", 2: "both"}.get(count, "all of them")

"""What one element of a result reads of each operand, and where its gradient arrives there.

The element's own float64 evaluation is followed read by read. A read counts where it lies inside of
its tensor and in the case that holds. Where the derivative is not zero, the gradient arrives: of a
maximum's window that is one cell, though the maximum reads all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain
from generator.formula.demand import Demand
from generator.formula.evaluation import Evaluation
from generator.formula.operands import Store, coordinates, index_ranges, lengths
from generator.formula.scope import Scope, both
from generator.formula.spans import spans
from generator.formula.tree import Equation, Read

MOST = 1 << 16
"""What the element may cost, in operations; one that costs more is not followed."""


@dataclass(frozen=True)
class Reach:
    """Row-major offsets in each operand that is read, each once and in order."""

    reads: Mapping[str, Tensor]
    arrives: Mapping[str, Tensor]
    """Those at which the element's derivative is not zero."""


def reach(
    equation: Equation, operands: Mapping[str, Tensor], element: tuple[int, ...]
) -> Reach | None:
    """Follow one element of a configured equation's result; None where that costs too much.

    `operands` remember no stages: what is remembered is not read again.
    """
    demand = Demand(equation, rounded=False)
    demand.add({v.name: (i, i) for v, i in zip(equation.indices, element, strict=True)})
    if demand.body(index_ranges(equation)) + demand.stages > MOST:
        return None
    store = Store(equation, dict(operands))
    followed = _Followed(equation, store, Plain(shared=equation.shared))
    at = torch.tensor([element], dtype=torch.int64, device=store.device)
    try:
        with torch.enable_grad():
            value, _ = followed.at(equation.body, equation.indices, at)
            leaves = [taken.leaf for taken in followed.taken if taken.leaf.requires_grad]
            found: tuple[Tensor | None, ...] = (None,) * len(leaves)
            if leaves and value.requires_grad:
                found = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
    except (IndexError, ValueError):
        return None  # the verdict says so
    slopes = iter(found)
    reads: dict[str, list[Tensor]] = {}
    arrives: dict[str, list[Tensor]] = {}
    for taken in followed.taken:
        slope = next(slopes) if taken.leaf.requires_grad else None
        reads.setdefault(taken.name, []).append(taken.at(None))
        arrives.setdefault(taken.name, []).append(taken.at(slope) if slope is not None else _NONE)
    return Reach(_within(equation, element, _joined(reads)), _joined(arrives))


def _within(
    equation: Equation, element: tuple[int, ...], reads: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """What the element itself reads: a recurrence is evaluated for other samples as well."""
    if all(stage.along is None for stage in equation.stages):
        return dict(reads)
    where = spans(equation)
    found: dict[str, Tensor] = {}
    for name, offsets in reads.items():
        at = coordinates(offsets, lengths(equation.declared(name)))
        inside = torch.ones_like(offsets, dtype=torch.bool)
        for span, index in zip(where[name], at.unbind(1), strict=True):
            low, high = span.bounds(element)
            inside &= (low <= index) & (index <= high)
        found[name] = offsets[inside]
    return found


_NONE = torch.zeros(0, dtype=torch.int64)


def _joined(found: Mapping[str, list[Tensor]]) -> dict[str, Tensor]:
    return {
        name: torch.unique(torch.cat([p.cpu() for p in parts])) for name, parts in found.items()
    }


@dataclass(frozen=True)
class _Taken:
    """Elements of one operand that were read together."""

    name: str
    offset: Tensor
    counted: Tensor | None
    leaf: Tensor

    def at(self, slope: Tensor | None) -> Tensor:
        """The offsets that count; with a slope those of them where it is not zero."""
        counted = self.counted if slope is None else both(self.counted, slope != 0)
        if counted is None:
            return self.offset.flatten()
        offset, held = torch.broadcast_tensors(  # type: ignore[no-untyped-call]
            self.offset, counted
        )
        there: Tensor = offset[held]
        return there


@dataclass
class _Followed(Evaluation[Tensor]):
    """An evaluation that keeps what it reads."""

    taken: list[_Taken] = field(default_factory=list)

    def _read(self, node: Read, scope: Scope) -> Tensor:
        declared = self.equation.declared(node.tensor)
        if declared.role == "stage":
            return super()._read(node, scope)
        offset, valid, _ = self._offset(node, scope)
        leaf = self.store.gather(node.tensor, offset).detach()
        if leaf.is_floating_point():
            leaf = leaf.requires_grad_()
        self.taken.append(_Taken(node.tensor, offset, both(valid, scope.guard), leaf))
        if valid is None or declared.outside is None:
            return leaf
        return torch.where(valid, leaf, self.arithmetic.constant(declared.outside.value, leaf))

    def element(self, node: Read, scope: Scope) -> Tensor:
        declared = self.equation.declared(node.tensor)
        if declared.role != "stage":
            offset, valid, _ = self._offset(node, scope)
            counted = both(valid, scope.guard)
            self.taken.append(_Taken(node.tensor, offset, counted, offset))
        return super().element(node, scope)

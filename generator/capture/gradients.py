"""The gradient of every value, and the part of it that flowed back through each single step.

Nothing is put into the graph: a step's own nodes are those between its outputs and the tensors
known before it, and a hook on the node beside an operand reads what is sent on to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch.autograd.graph import GradientEdge, Node

from generator.capture.ledger import Draft, Edge, Ledger, Part

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

Crossings: TypeAlias = dict[Node, list[tuple[int, Edge]]]

NOT_FLOATING = "{} tensors have no gradient"
NOT_REQUIRED = "the {} does not require a gradient"
NOT_REACHED = "no gradient reached it: nothing after it depends on it in a differentiable way"
NO_PATH = "the step sends no gradient back to it"
NO_OUTPUT = "no gradient reached the step's output"
NOT_SEPARATE = "autograd does not separate its part from that of another operand of the step"


class Gradients:
    """Watches the steps' nodes during the backward pass."""

    def __init__(self) -> None:
        self._handles: list[RemovableHandle] = []

    def watch(
        self, parts: Sequence[Part], outputs: Sequence[Draft], known: set[Edge], *, ordered: bool
    ) -> None:
        """Have each operand's part of the gradient collected once the backward pass runs.

        `known` are the edges of all values from before the step. `ordered` says that autograd
        lists the step's operands in the order of `parts`, so that one tensor given twice can be
        told apart.
        """
        targets: dict[Edge, list[Part]] = {}
        for part in parts:
            if part.edge is not None:
                targets.setdefault(part.edge, []).append(part)
        if not targets:
            return
        ends = {out.edge for out in outputs if out.edge is not None}
        for out in outputs:
            if out.edge in targets:
                out.passed_through = targets[out.edge][0]
                out.passed_through.reached = True
        starts = {node for node, number in ends if (node, number) not in targets}
        crossings, read = _crossings(starts, targets, known, ends)
        for out in outputs:
            out.read_within = out.edge in read
        receivers = _receivers(crossings, targets, ordered=ordered)
        for node, found in receivers.items():
            self._handles.append(node.register_hook(_collector(found)))

    def remove(self) -> None:
        """Take every hook away again."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()


def _crossings(
    starts: set[Node], targets: dict[Edge, list[Part]], known: set[Edge], ends: set[Edge]
) -> tuple[Crossings, set[Edge]]:
    """For each of the step's own nodes, the positions at which an operand lies behind it.

    With them come those of the step's outputs, `ends`, from which another one is computed.
    """
    crossings: Crossings = {}
    read: set[Edge] = set()
    seen, waiting = set(starts), list(starts)
    while waiting:
        node = waiting.pop()
        for position, (behind, number) in enumerate(node.next_functions):
            if behind is None:
                continue
            edge = (behind, number)
            if edge in targets:
                crossings.setdefault(node, []).append((position, edge))
            elif edge in ends:
                read.add(edge)  # its node is one of those that the walk begins with
            elif edge not in known and behind not in seen:
                seen.add(behind)
                waiting.append(behind)
    return crossings, read


def _receivers(
    crossings: Crossings, targets: dict[Edge, list[Part]], *, ordered: bool
) -> dict[Node, list[tuple[int, Part]]]:
    receivers: dict[Node, list[tuple[int, Part]]] = {}
    for edge, parts in targets.items():
        places = [(n, position) for n in crossings for position, e in crossings[n] if e == edge]
        if not places:
            continue
        apart = ordered and len(places) == len(parts) and len({n for n, _ in places}) == 1
        if not apart:
            _join(parts)
        for index, (node, position) in enumerate(places):
            part = parts[index] if apart else parts[0]
            part.reached = True
            receivers.setdefault(node, []).append((position, part))
    return receivers


def _join(parts: Sequence[Part]) -> None:
    first = parts[0]
    for other in parts[1:]:
        if other.draft is first.draft:
            other.same = first
        else:
            other.separate = False


def _collector(found: list[tuple[int, Part]]) -> Any:
    def collect(grad_inputs: Sequence[torch.Tensor | None], _outputs: object) -> None:
        for position, part in found:
            grad = grad_inputs[position]
            if grad is not None:
                part.add(grad)

    return collect


def run_backward(loss: torch.Tensor, ledger: Ledger) -> None:
    """Run the backward pass and give every value its gradient; no `.grad` is touched."""
    edges = [draft.edge for draft in ledger.drafts if draft.edge is not None]
    unique = list(dict.fromkeys(edges))
    grads = torch.autograd.grad(
        loss,
        [GradientEdge(node, number) for node, number in unique],
        allow_unused=True,
    )
    found = dict(zip(unique, grads, strict=True))
    for draft in ledger.drafts:
        if draft.edge is not None:
            draft.grad = found[draft.edge]
    _settle(ledger)


def _settle(ledger: Ledger) -> None:
    # One tensor, several values: what each got is what its own consumers sent back to it. The
    # last goes first, since its total is its predecessor's part.
    for draft in reversed(ledger.drafts):
        if draft.read_within:
            draft.grad = _total(draft)
        part = draft.passed_through
        if part is None:
            continue
        if part.draft.parts != [part]:
            draft.grad = _total(draft)
        if draft.grad is not None:
            part.add(draft.grad)


def _total(draft: Draft) -> torch.Tensor | None:
    grads = [part.grad for part in draft.parts if part.grad is not None]
    return sum(grads[1:], start=grads[0]) if grads else None


def why_no_gradient(draft: Draft) -> str:
    """The reason, in words a page can print, for a value that has no gradient."""
    return _why_none_possible(draft) or NOT_REACHED


def why_no_part(part: Part) -> str:
    """The reason, in words a page can print, for an operand that got nothing from its step."""
    if not part.separate:
        return NOT_SEPARATE
    return _why_none_possible(part.draft) or (NO_OUTPUT if part.reached else NO_PATH)


def _why_none_possible(draft: Draft) -> str | None:
    data = draft.data
    if not (data.is_floating_point() or data.is_complex()):
        return NOT_FLOATING.format("boolean" if data.dtype == torch.bool else "integer")
    if draft.requires_grad:
        return None
    return NOT_REQUIRED.format("parameter" if draft.origin == "parameter" else "tensor")

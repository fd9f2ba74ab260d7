"""Which recorded value a tensor of the run is, and what it held when a step saw it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import torch
from torch.autograd.graph import Node, get_gradient_edge

from generator.capture.errors import CaptureError

Edge: TypeAlias = tuple[Node, int]
Origin: TypeAlias = Literal["input", "parameter", "buffer", "step", "constant"]


@dataclass(eq=False, slots=True)
class Draft:
    """A value while the run goes on; its gradient is known only afterwards."""

    id: int
    tensor: torch.Tensor
    """The live tensor: held, so that no other object can get its identity."""
    data: torch.Tensor
    version: int
    origin: Origin
    name: str
    step: int | None
    requires_grad: bool
    edge: Edge | None
    storage: int
    overwritten: int | None = None
    """Index of the step that changed the live tensor in place after this value was recorded."""
    parts: list[Part] = field(default_factory=list)
    passed_through: Part | None = None
    """Set where a step handed on the very tensor that it was given."""
    read_within: bool = False
    """Whether another output of its step is computed from it, as an LSTM cell's h' is from c'."""
    grad: torch.Tensor | None = None


@dataclass(eq=False, slots=True)
class Part:
    """A value as one step consumes it, and the gradient that flows back to it through that step."""

    draft: Draft
    edge: Edge | None
    reached: bool = False
    """Whether the step's backward has a path to it."""
    grad: torch.Tensor | None = None
    same: Part | None = None
    """The operand of the same step which autograd does not tell apart from this one."""
    separate: bool = True
    """Whether autograd tells its gradient apart from another operand's."""

    def add(self, grad: torch.Tensor) -> None:
        """Take in one path's gradient; never in place, autograd still holds the tensor."""
        self.grad = grad if self.grad is None else self.grad + grad


class Ledger:
    """Maps the live tensors of a run to values, and keeps what in-place operations would undo."""

    def __init__(self, attributes: dict[int, str]) -> None:
        """`attributes` names the tensors that modules hold as plain attributes, by identity."""
        self.drafts: list[Draft] = []
        self.edges: set[Edge] = set()
        self.unfollowed = 0
        """How many tensors came from operations that could not be seen."""
        self._attributes = attributes
        self._known: dict[int, Draft] = {}
        self._by_storage: dict[int, list[Draft]] = {}
        self._constants = 0

    def add(self, tensor: torch.Tensor, origin: Origin, name: str, step: int | None) -> Draft:
        """Record a new value; from now on the tensor stands for it."""
        data = tensor.detach()
        draft = Draft(
            id=len(self.drafts),
            tensor=tensor,
            data=data,
            version=_version(data),
            origin=origin,
            name=name,
            step=step,
            requires_grad=tensor.requires_grad,
            edge=None,
            storage=_storage(data),
        )
        self._set_edge(draft)
        self.drafts.append(draft)
        self._known[id(tensor)] = draft
        self._by_storage.setdefault(draft.storage, []).append(draft)
        return draft

    def find(self, tensor: torch.Tensor) -> Draft:
        """The value that the tensor holds now; a constant where nothing recorded made it."""
        draft = self._known.get(id(tensor))
        if draft is None:
            return self._stranger(tensor)
        if draft.overwritten is not None and _differs(draft, tensor):
            return self._rewritten(draft, tensor, draft.overwritten)
        if draft.edge is None and tensor.requires_grad:
            self._set_edge(draft)
        return draft

    def before_write(self, tensor: torch.Tensor, step: int) -> None:
        """Keep a copy of every value whose memory the step is about to change."""
        storage = _storage(tensor)
        for draft in self._by_storage.pop(storage, ()):
            draft.data = draft.data.clone()
            draft.version = _version(draft.data)
            draft.overwritten = step

    def unnoticed(self) -> Draft | None:
        """A value whose memory was changed behind the recording's back, if there is one."""
        for draft in self.drafts:
            if _version(draft.data) != draft.version:
                return draft
        return None

    def release(self) -> None:
        """Let go of the live tensors, and with them of the graph, without waiting for the gc."""
        for draft in self.drafts:
            draft.parts.clear()
            draft.passed_through = None
        self.drafts.clear()
        self.edges.clear()
        self._known.clear()
        self._by_storage.clear()

    def _stranger(self, tensor: torch.Tensor) -> Draft:
        if tensor.is_meta:
            raise CaptureError(
                "a tensor of the run is on the meta device and has no values; expected real values"
            )
        known = self._behind_hook(tensor)
        if known is not None:
            self._known[id(tensor)] = known
            return known
        if tensor.grad_fn is not None:
            self.unfollowed += 1
        name = self._attributes.get(id(tensor))
        if name is None:
            self._constants += 1
            name = f"constant_{self._constants}"
        return self.add(tensor, "constant", name, None)

    def _behind_hook(self, tensor: torch.Tensor) -> Draft | None:
        # A module with a full backward hook wraps what goes in and out in an identity of its own.
        node = tensor.grad_fn
        if node is None or node.name() != "BackwardHookFunctionBackward":
            return None
        edge = node.next_functions[tensor.output_nr]
        return next((draft for draft in reversed(self.drafts) if draft.edge == edge), None)

    def _rewritten(self, old: Draft, tensor: torch.Tensor, step: int) -> Draft:
        # Parameters and buffers stay what they are; anything else is now the writing step's work.
        if old.origin in ("parameter", "buffer"):
            return self.add(tensor, old.origin, old.name, None)
        return self.add(tensor, "step", "", step)

    def _set_edge(self, draft: Draft) -> None:
        if not draft.tensor.requires_grad:
            return
        draft.requires_grad = True
        draft.edge = edge_of(draft.tensor)
        if draft.edge is not None:
            self.edges.add(draft.edge)


def edge_of(tensor: torch.Tensor) -> Edge | None:
    """Where autograd keeps the gradient of a tensor that requires one.

    None for one that is still being made inside a custom function.
    """
    node = tensor.grad_fn
    if node is not None:
        return node, tensor.output_nr
    try:
        leaf = get_gradient_edge(tensor)
    except AssertionError:
        return None
    return leaf.node, leaf.output_nr


def _differs(draft: Draft, tensor: torch.Tensor) -> bool:
    if tensor.requires_grad and draft.edge != edge_of(tensor):
        return True
    return not torch.equal(draft.data, tensor)


def _version(tensor: torch.Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version  # noqa: SLF001 - torch documents it


def _storage(tensor: torch.Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except (NotImplementedError, RuntimeError):  # sparse and opaque tensors have no storage
        return 0

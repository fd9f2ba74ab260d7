"""The recording while it is made: steps and containers in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import torch

from generator.capture.gradients import Gradients
from generator.capture.ledger import Draft, Ledger, Part
from generator.capture.names import joined
from generator.capture.records import Kind, Source
from generator.capture.sources import Sources
from generator.capture.trees import frozen, named_tensors, tensors, with_tensors

Draw: TypeAlias = Callable[
    [tuple[object, ...], Mapping[str, object], Mapping[str, object] | None, torch.Tensor],
    Mapping[str, torch.Tensor],
]
"""From a call's arguments, keyword arguments, a module's own tensors and attributes (None for a
function) and the first output, to what the call drew at random, by name. Called right after the
step."""

OUTPUT = "output"
"""What the path of an output begins with, `output[1]`; one with a key is called by that."""

# The recording's own reads of tensors are no steps of the model.
quiet = torch._C.DisableTorchFunction  # noqa: SLF001 - torch documents it for this use


@dataclass(eq=False)
class StepDraft:
    """A step of the run; a functional step's final name is found when all are known."""

    name: str
    call: int
    kind: Kind
    type: str
    scope: str
    source: Source | None
    args: tuple[object, ...] = ()
    kwargs: dict[str, object] = field(default_factory=dict)
    parameters: dict[str, Part] = field(default_factory=dict)
    buffers: dict[str, Part] = field(default_factory=dict)
    attributes: Mapping[str, object] = field(default_factory=dict)
    outputs: object = None
    drawn: Mapping[str, torch.Tensor] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    is_function: bool = False


@dataclass(eq=False)
class ContainerDraft:
    """A module that is no step; `children` are steps, and names of containers."""

    name: str
    type: str
    doc: str
    source: Source | None
    children: list[StepDraft | str] = field(default_factory=list)
    inputs: tuple[Draft, ...] = ()
    outputs: tuple[Draft, ...] = ()
    output_names: tuple[str, ...] = ()
    starts: list[int] = field(default_factory=list)


class Tracer:
    """Takes in what the hooks see; `ledger` knows the tensors, `gradients` watches the graph."""

    def __init__(self, ledger: Ledger, sources: Sources, draws: Mapping[str, Draw]) -> None:
        self.ledger = ledger
        self.draws = draws
        self.sources = sources
        self.gradients = Gradients()
        self.steps: list[StepDraft] = []
        self.containers: dict[str, ContainerDraft] = {}
        self.scopes: list[ContainerDraft] = []
        self.inside = False
        """Whether a module that is one step is running: nothing in it is listed."""
        self.in_loss = False
        self._calls: dict[str, int] = {}

    @property
    def scope(self) -> ContainerDraft:
        """The innermost container that is running."""
        return self.scopes[-1]

    def module_step(self, name: str, type_name: str) -> StepDraft:
        """Begin a module's step; its operands are still to be taken."""
        call = self._calls.get(name, 0)
        self._calls[name] = call + 1
        return self._begin(name, call, type_name, is_function=False)

    def function_step(self, base: str, type_name: str) -> StepDraft:
        """Begin a functional step in the container that is running."""
        name = joined(self.scope.name, base)
        return self._begin(name, 0, type_name, is_function=True)

    def _begin(self, name: str, call: int, type_name: str, *, is_function: bool) -> StepDraft:
        kind: Kind = "loss" if self.in_loss else "function" if is_function else "module"
        return StepDraft(
            name=name,
            call=call,
            kind=kind,
            type=type_name,
            scope=self.scope.name,
            source=self.sources.here(),
            is_function=is_function,
        )

    def take(self, step: StepDraft, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Record the arguments that the step was called with."""

        def visit(tensor: torch.Tensor) -> Part:
            return self.part(step, self.ledger.find(tensor))

        taken = with_tensors(tuple(args))
        step.args = cast("tuple[object, ...]", frozen(taken, visit))
        step.kwargs = {key: frozen(with_tensors(value), visit) for key, value in kwargs.items()}

    def before_write(self, written: Iterable[torch.Tensor]) -> None:
        """Keep what the tensors hold: the step that is running is about to change them."""
        for tensor in written:
            self.ledger.before_write(tensor, len(self.steps))

    def part(self, step: StepDraft, draft: Draft) -> Part:
        """The value as an operand of the step."""
        part = Part(draft, draft.edge)
        draft.parts.append(part)
        step.parts.append(part)
        return part

    def finish(self, step: StepDraft, result: object) -> None:
        """Record what the step gave, and have its gradients watched."""
        index = len(self.steps)
        fresh: dict[int, Draft] = {}

        def visit(tensor: torch.Tensor) -> Draft:
            if id(tensor) not in fresh:
                fresh[id(tensor)] = self.ledger.add(tensor, "step", step.name, index)
            return fresh[id(tensor)]

        step.outputs = frozen(result, visit)
        draw = self.draws.get(step.type)
        first = next(iter(tensors(result)), None)
        if draw is not None and first is not None:
            step.drawn = _drawn(draw, step, first)
        outputs = list(fresh.values())
        self.gradients.watch(step.parts, outputs, self.ledger.edges, ordered=_keeps_order(step))
        self.steps.append(step)
        self.scope.children.append(step)

    def enter(self, container: ContainerDraft, given: object) -> None:
        """Begin a container's call; only its first call's inputs are kept."""
        first = container.name not in self.containers
        container = self.containers.setdefault(container.name, container)
        container.starts.append(len(self.steps))
        if first:
            container.inputs = tuple(self.drafts_of(given))
        if self.scopes and container.name not in self.scope.children:
            self.scope.children.append(container.name)
        self.scopes.append(container)

    def leave(self, result: object) -> None:
        """End the innermost container's call."""
        container = self.scopes.pop()
        if not container.outputs:
            self.give(container, result)

    def give(self, container: ContainerDraft, result: object) -> None:
        """Keep what a container gave, with what each tensor of it is called."""
        container.outputs = tuple(self.drafts_of(result))
        paths = (path for path, _ in named_tensors(result, OUTPUT))
        container.output_names = tuple(path.removeprefix(f"{OUTPUT}.") for path in paths)

    def drafts_of(self, tree: object) -> Iterator[Draft]:
        """The value of each tensor of the structure."""
        for tensor in tensors(tree):
            yield self.ledger.find(tensor)


def _drawn(draw: Draw, step: StepDraft, result: torch.Tensor) -> Mapping[str, torch.Tensor]:
    own = None
    if not step.is_function:
        own = {**step.attributes, **_data(step.buffers), **_data(step.parameters)}
    args, kwargs = _data(step.args), _data(step.kwargs)
    return {name: drawn.detach() for name, drawn in draw(args, kwargs, own, result).items()}


def _data(tree: Any) -> Any:
    """The structure with each operand's own tensor in its place."""
    if isinstance(tree, Part):
        return tree.draft.data
    if isinstance(tree, Mapping):
        return {key: _data(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_data(value) for value in tree) if type(tree) in (list, tuple) else tree
    return tree


def _keeps_order(step: StepDraft) -> bool:
    # Autograd lists the operands of one operator in its order; rsub(a, b) is sub(b, a).
    return step.is_function and step.type not in ("torch.rsub", "torch.Tensor.__rsub__")

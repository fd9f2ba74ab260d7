"""What one forward and one backward run of a model leaves behind: frozen, complete records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import torch

T = TypeVar("T")
Kind = Literal["module", "function", "loss"]


@dataclass(frozen=True, eq=False)
class Value:
    """One tensor of the run: an input, a parameter, a buffer or the output of a step.

    `data` is detached and holds what the first step that saw it saw. `grad` is ∂L/∂data, summed
    over all consumers; where it is None, `no_grad` says why in words a page can print.
    """

    id: int
    data: torch.Tensor
    grad: torch.Tensor | None
    no_grad: str | None
    origin: Literal["input", "parameter", "buffer", "step", "constant"]
    name: str
    """Path in the inputs (`x`, `args[1]`), qualified parameter name, or the producing step's."""
    step: int | None
    """Index of the step that produced it, for origin `step`."""
    requires_grad: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The tensor's sizes."""
        return tuple(self.data.shape)


@dataclass(frozen=True, eq=False)
class Operand:
    """A tensor as one step consumed it.

    `grad` is the part of ∂L/∂value that flowed back through this step alone (equal to `value.grad`
    where the step is its only consumer); None with a reason in `no_grad` where there is none.
    Where a step is given one tensor twice and autograd does not tell the two apart, both places
    hold the same Operand object, with the sum.
    """

    value: Value
    grad: torch.Tensor | None
    no_grad: str | None
    separate: bool = True
    """Whether its part stands here; otherwise another operand of the step has it with its own."""


@dataclass(frozen=True)
class Source:
    """Where in the user's code a step was called, without any machine's path."""

    file: str
    """File name relative to the models folder (or the bare name outside it)."""
    line: int
    code: str
    """The text of that line, stripped; empty where it cannot be read."""


@dataclass(frozen=True, eq=False)
class Step:
    """One module call or one functional step, in the order in which they ran.

    `args` and `kwargs` are the call's arguments as nested tuples, lists, dicts and plain values,
    with an Operand for each tensor; `outputs` likewise, with a Value for each tensor.
    """

    index: int
    name: str
    """Unique in the run: the module's qualified name (`layer1.0.conv1`), or the scope and the
    function's name (`relu`, `relu_2`, `layer1.0.add`)."""
    call: int
    """0, 1, … for a module that is called several times; steps of one name differ in it."""
    kind: Kind
    type: str
    """Public name: `torch.nn.Conv2d`, `torch.nn.functional.relu`, `torch.Tensor.add`."""
    scope: str
    """Qualified name of the innermost container that it ran in; '' is the model itself."""
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    outputs: object
    parameters: Mapping[str, Operand] = field(default_factory=dict)
    """A module's own parameters by their local name; None entries are left out."""
    buffers: Mapping[str, Operand] = field(default_factory=dict)
    """A module's own buffers as they were before the call."""
    attributes: Mapping[str, object] = field(default_factory=dict)
    """A module's public attributes that are plain values: numbers, strings, booleans, None and
    tuples of them, by name, `training` among them."""
    drawn: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """What the call drew at random, by the name that the formula gives it."""
    source: Source | None = None


@dataclass(frozen=True)
class Container:
    """A module that is not a step: its children ran, and functional steps between them."""

    name: str
    type: str
    doc: str
    """First paragraph of the class' docstring, in one line; '' where there is none of its own."""
    children: tuple[str, ...]
    """Names of the steps and containers directly inside, in the order of their first run."""
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    source: Source | None = None
    starts: tuple[int, ...] = (0,)
    """For each of its calls, the index of the first step that came after the call began."""
    output_names: tuple[str, ...] = ()
    """Of each output, its path in what the first call gave: `output`, `output[1]`, `logits`."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One forward and one backward run of a model."""

    steps: tuple[Step, ...]
    containers: tuple[Container, ...]
    """The model itself first (name ''), then the others in the order of their first run."""
    inputs: Mapping[str, Value]
    """The model's tensor inputs by path: the forward's parameter name, or `name[0]`, `name.key`."""
    parameters: Mapping[str, Value]
    """All parameters of the model by qualified name, used or not."""
    outputs: tuple[Value, ...]
    loss: Value
    not_run: tuple[str, ...]
    """Qualified names of modules that never ran, outermost only."""
    not_run_types: tuple[str, ...]
    """The public name of the type of each of them."""
    training: bool
    device: str
    """`cpu`, or the GPU's name without a machine's index: `cuda (NVIDIA H100)`."""
    notes: tuple[str, ...]
    """What was set for the run: `TF32 off`, `fused attention off`, …"""
    seconds: float
    shown: Mapping[str, object] = field(default_factory=dict)
    """As what an input tensor says it is shown, its attribute `shown_as`, by the input's path."""
    output_names: tuple[str, ...] = ()
    """As those of a container."""


def operands(tree: object) -> Iterator[Operand]:
    """Every Operand in nested arguments, in order."""
    yield from _leaves(tree, Operand)


def parameters(step: Step) -> dict[int, Value]:
    """The model's parameters that a step reads, its own first and those it is given, by id."""
    read = (*step.parameters.values(), *operands((step.args, step.kwargs)))
    return {o.value.id: o.value for o in read if o.value.origin == "parameter"}


def values(tree: object) -> Iterator[Value]:
    """Every Value in nested outputs, in order."""
    yield from _leaves(tree, Value)


def _leaves(tree: object, kind: type[T]) -> Iterator[T]:
    if isinstance(tree, kind):
        yield tree
    elif isinstance(tree, Mapping):
        for child in tree.values():
            yield from _leaves(child, kind)
    elif isinstance(tree, list | tuple):
        for child in tree:
            yield from _leaves(child, kind)

"""A recorded step bound to its formula: the operands by name, as the equations see them.

Equations are real. A tensor of complex numbers is one with a last axis of (real, imaginary) to
them, and so is its gradient, which autograd gives as the derivatives by the two parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from generator.binding import bind
from generator.capture.records import Operand, Step, Value, values
from generator.explain.axis_letters import lettered
from generator.formula.configure import configure
from generator.formula.memory import Operands
from generator.formula.tree import Equation
from generator.layers.complex_calls import explanation
from generator.layers.registry import Call, Formula, Refused, Rule, lookup


@dataclass
class Prepared:
    """A formula with what is found of it once: calls that are alike have the same."""

    formula: Formula
    compared: int = 0
    """How often its gradients were held against its forward equations' derivatives."""
    _configured: dict[int, Equation] = field(default_factory=dict)
    """Equations that have been configured, by the identity of the general one."""
    _named: dict[tuple[tuple[str, tuple[str, ...]], ...], Formula] = field(default_factory=dict)
    """The formula with other names of axes, by these."""

    def configured(self, equation: Equation, formula: Formula) -> Equation:
        """An equation of the formula, with whatever names, as the calls are configured."""
        known = self._configured.get(id(equation))
        if known is None:
            known = self._configured[id(equation)] = configure(equation, formula.settings)
        return known

    def named(self, names: Mapping[str, tuple[str, ...]]) -> Formula:
        """The formula with these names of its tensors' axes, and letters that follow them."""
        key = tuple(names.items())
        if key not in self._named:
            own = self.formula
            places = own.axes.get("output", ())
            output = names.get("output", places)
            renamed = {
                before: after
                for name, axes in own.axes.items()
                for before, after in zip(axes, names.get(name, axes), strict=False)
            }
            named = replace(
                own,
                indices={k: renamed.get(counts, counts) for k, counts in own.indices.items()},
                axes={name: names.get(name, axes) for name, axes in own.axes.items()},
                others=tuple(
                    replace(other, axes=names.get(f"output_{k}", other.axes))
                    for k, other in enumerate(own.others, 1)
                ),
                sizes=tuple(replace(s, axis=output[places.index(s.axis)]) for s in own.sizes),
            )
            self._named[key] = lettered(own, named)
        return self._named[key]


@dataclass(frozen=True)
class BoundStep:
    """A step with the formula of its call."""

    step: Step
    rule: Rule
    prepared: Prepared
    operands: Mapping[str, Operand]
    outputs: tuple[Value, ...]
    call: Call
    names: Mapping[str, tuple[str, ...]] | None = None
    """What the axes of its tensors are called in this run; None for the formula's own names."""

    @property
    def formula(self) -> Formula:
        """What the call computes."""
        return self.prepared.formula if self.names is None else self.prepared.named(self.names)

    @property
    def options(self) -> Mapping[str, object]:
        """The call's arguments that are no tensors."""
        return self.call.options

    @property
    def output(self) -> Value:
        """The first output."""
        return self.outputs[0]

    @property
    def reached(self) -> bool:
        """Whether a gradient arrives at any output."""
        return any(output.grad is not None for output in self.outputs)

    def configured(self, equation: Equation) -> Equation:
        """One of the formula's equations as this call is configured."""
        return self.prepared.configured(equation, self.formula)

    def tensors(self) -> Operands:
        """What the equations read, by name; they share what is found of their stages."""
        found = {name: operand.value.data for name, operand in self.operands.items()}
        found.update(self.step.drawn)
        for name, output in zip(output_names(len(self.outputs)), self.outputs, strict=True):
            found[name] = output.data
            if output.grad is not None:
                found[f"grad_{name}"] = output.grad
        return Operands(found)


def output_names(count: int) -> tuple[str, ...]:
    """What equations call a call's outputs: `output`, `output_1` and so on."""
    return ("output", *(f"output_{k}" for k in range(1, count)))[:count]


def bound(step: Step, known: dict[str, Prepared] | None = None) -> BoundStep:
    """The step with its formula; Refused, with the reason for the page, where there is none.

    `known` has the formulas of calls before this one, by the call's text, and gets this one's.
    """
    rule = lookup(step.type)
    if rule is None:
        message = f"{step.type} is not explained"
        raise Refused(message)
    own = None
    if step.kind == "module":
        own = {**step.attributes, **step.buffers, **step.parameters}
    outputs = list(values(step.outputs))
    if not outputs:
        message = f"{step.type} returned no tensor"
        raise Refused(message)
    real = _Real()
    found = bind(
        rule,
        step.args,
        step.kwargs,
        [o.data for o in outputs],
        own=own,
        data=lambda leaf: leaf.value.data if isinstance(leaf, Operand) else None,
        reached=_reached(outputs),
    )
    operands = {name: leaf for name, leaf in found.tensors.items() if isinstance(leaf, Operand)}
    _refuse_types(step, operands, outputs)
    known, text = {} if known is None else known, repr(found.call)
    if text not in known:
        known[text] = Prepared(explanation(rule, found.call))
    _refuse_undrawn(step, known[text].formula)
    return BoundStep(
        step,
        rule,
        known[text],
        {name: real.operand(operand) for name, operand in operands.items()},
        tuple(real.value(output) for output in outputs),
        found.call,
    )


class _Real:
    """Operands and values with pairs of real numbers in place of complex ones.

    What was one object stays one.
    """

    def __init__(self) -> None:
        self._operands: dict[int, Operand] = {}

    def operand(self, operand: Operand) -> Operand:
        if not (_marked(operand.value.data) or _marked(operand.grad)):
            return operand
        if id(operand) not in self._operands:
            pairs = replace(operand, value=self.value(operand.value), grad=_pairs(operand.grad))
            self._operands[id(operand)] = pairs
        return self._operands[id(operand)]

    def value(self, value: Value) -> Value:
        if not (_marked(value.data) or _marked(value.grad)):
            return value
        data = _pairs(value.data)
        assert data is not None
        return replace(value, data=data, grad=_pairs(value.grad))


def _pairs(tensor: Tensor | None) -> Tensor | None:
    if tensor is None:
        return None
    plain = tensor.resolve_conj().resolve_neg()
    return torch.view_as_real(plain) if plain.is_complex() else plain


def _marked(tensor: Tensor | None) -> bool:
    """Whether it is complex, or one that torch has only marked as negated."""
    return tensor is not None and (tensor.is_complex() or tensor.is_neg())


def _refuse_undrawn(step: Step, formula: Formula) -> None:
    """Refused where a formula reads what was drawn at random, and it could not be recovered."""
    further = (o.equation for o in formula.others if o.equation is not None)
    for equation in (formula.forward, *further, *formula.gradients.values()):
        for tensor in equation.tensors:
            if tensor.role == "drawn" and tensor.name not in step.drawn:
                message = f"{step.type}: what it drew at random in this run is not recovered"
                raise Refused(message)


def _reached(outputs: list[Value]) -> tuple[bool, ...]:
    """Where a gradient arrives; where none does at all, where it would."""
    found = tuple(o.grad is not None for o in outputs)
    return found if any(found) else tuple(_floating(o.data) for o in outputs)


def _floating(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _refuse_types(step: Step, operands: Mapping[str, Operand], outputs: list[Value]) -> None:
    for tensor in (*(o.value.data for o in operands.values()), *(o.data for o in outputs)):
        if tensor.is_sparse or tensor.is_quantized:
            message = f"{step.type} on a sparse or quantised tensor is not explained"
            raise Refused(message)

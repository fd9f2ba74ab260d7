"""A recorded step bound to its formula: the operands by name, as the equations see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from generator.binding import bind
from generator.capture.records import Operand, Step, Value, values
from generator.formula.configure import configure
from generator.formula.tree import Equation
from generator.layers.registry import Formula, Refused, Rule, lookup


@dataclass(frozen=True)
class BoundStep:
    """A step with the formula of its call."""

    step: Step
    rule: Rule
    formula: Formula
    operands: Mapping[str, Operand]
    outputs: tuple[Value, ...]
    options: Mapping[str, object]
    _configured: dict[int, Equation] = field(default_factory=dict)
    """Equations that have been configured, by the identity of the general one."""

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
        known = self._configured.get(id(equation))
        if known is None:
            known = self._configured[id(equation)] = configure(equation, self.formula.settings)
        return known

    def tensors(self) -> dict[str, Tensor]:
        """What the equations read, by name."""
        found = {name: operand.value.data for name, operand in self.operands.items()}
        found.update(self.step.drawn)
        for name, output in zip(output_names(len(self.outputs)), self.outputs, strict=True):
            found[name] = output.data
            if output.grad is not None:
                found[f"grad_{name}"] = output.grad
        return found


def output_names(count: int) -> tuple[str, ...]:
    """What equations call a call's outputs: `output`, `output_1` and so on."""
    return ("output", *(f"output_{k}" for k in range(1, count)))[:count]


def bound(step: Step) -> BoundStep:
    """The step with its formula; Refused, with the reason for the page, where there is none."""
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
    formula = rule.explain(found.call)
    return BoundStep(step, rule, formula, operands, tuple(outputs), found.call.options)


def _reached(outputs: list[Value]) -> tuple[bool, ...]:
    """Where a gradient arrives; where none does at all, where it would."""
    found = tuple(o.grad is not None for o in outputs)
    return found if any(found) else tuple(o.data.is_floating_point() for o in outputs)


def _refuse_types(step: Step, operands: Mapping[str, Operand], outputs: list[Value]) -> None:
    for tensor in (*(o.value.data for o in operands.values()), *(o.data for o in outputs)):
        if tensor.is_complex():
            message = f"{step.type} on complex numbers is not explained"
            raise Refused(message)
        if tensor.is_sparse or tensor.is_quantized:
            message = f"{step.type} on a sparse or quantised tensor is not explained"
            raise Refused(message)

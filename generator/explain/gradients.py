"""The gradients of one step: those that autograd gave, and why it gave no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from torch import Tensor

from generator.capture.records import Operand
from generator.explain.bound import BoundStep
from generator.explain.choice import chosen
from generator.explain.context import Context
from generator.explain.derivatives import Agreement, agreements
from generator.explain.facts import report_name
from generator.explain.grids import Naming
from generator.explain.joined import joined
from generator.explain.reaching import Reached
from generator.explain.section import Quantity, section
from generator.explanation import Link, Section, Verdict
from generator.formula.configure import configure
from generator.formula.tree import Equation
from generator.layers.registry import Refused
from generator.wording import operand as plainly
from generator.wording import role, series

COMPARED = 2
"""Calls of one formula whose gradients are held against the forward equations' derivatives too."""


def gradients(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    naming: Naming,
    context: Context,
    followed: Reached,
) -> tuple[tuple[Section, ...], tuple[Verdict, ...]]:
    """A section for each gradient that autograd gave; a reason for each that it did not."""
    found: list[Section] = []
    given: list[Verdict] = []
    derivatives = _derivatives(ready, tensors) if ready.prepared.compared < COMPARED else {}
    ready.prepared.compared += 1
    for names in _arguments(ready):
        operand = ready.operands[names[0]]
        known = [n for n in names if n in ready.formula.gradients]
        of = f"grad {', '.join(map(report_name, names))}"
        if operand.grad is None or not ready.reached:
            if operand.value.data.is_floating_point() and known:
                reason = operand.no_grad or ready.output.no_grad or "autograd gave no gradient"
                given.append(_without(of, "given", operand, reason))
            continue
        try:
            quantity = _quantity(ready, tensors, context, of, names)
        except Refused as refusal:
            given.append(_without(of, "unexplained", operand, str(refusal)))
            continue
        quantity = replace(
            quantity,
            derivative=_worst([derivatives.get(n) for n in names]),
            marks=partial(followed.gradient, names),
        )
        found.append(section(quantity, ready.formula, tensors, naming, context.decimals))
    return tuple(found), tuple(given)


def operand_roles(ready: BoundStep) -> dict[str, str]:
    """What a page calls each operand: `the addend`."""
    declared = {tensor.name: tensor for tensor in ready.formula.forward.tensors}
    alone = len(ready.operands) == 1
    return {
        name: role(name, declared[name].meaning if name in declared else "", alone=alone)
        for name in ready.operands
    }


def called(ready: BoundStep) -> Iterator[tuple[str, str]]:
    """What a page calls the quantities of a step's verdicts, where their names do not say it."""
    formula = ready.formula
    if formula.called:
        yield "output", formula.called
    yield from ((f"output {o.name}", o.called) for o in formula.others if o.called)
    roles = operand_roles(ready)
    for names in _arguments(ready):
        if any(roles[n] != plainly(n) for n in names):
            of = f"grad {', '.join(map(report_name, names))}"
            yield of, f"the gradient of {series([roles[n] for n in names])}"


def _arguments(ready: BoundStep) -> list[tuple[str, ...]]:
    """The operands' names; those together whose parts autograd does not tell apart."""
    found: dict[int, list[str]] = {}
    for name, operand in ready.operands.items():
        found.setdefault(id(operand), []).append(name)
    return [tuple(names) for names in found.values()]


def _quantity(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    context: Context,
    of: str,
    names: tuple[str, ...],
) -> Quantity:
    """The gradient of an operand; Refused where it is not explained."""
    operand = ready.operands[names[0]]
    missing = [n for n in names if n not in ready.formula.gradients]
    if missing or operand.grad is None:
        message = f"the gradient of {missing[0]} is not explained"
        raise Refused(message)
    roles = operand_roles(ready)
    words = [roles[n] for n in names]
    equation = ready.formula.gradients[names[0]]
    title = f"Gradient of {words[0]}"
    if len(names) == 1:
        configured = ready.configured(equation)
    else:
        equation = joined([ready.formula.gradients[n] for n in names])
        configured = configure(equation, ready.formula.settings)
        title += f", which is also {series(words[1:])}"
    part = context.parts.get(id(operand))
    if part is not None:  # others read the same tensor: the sum alone is its gradient
        equation, configured = _renamed(equation, part), _renamed(configured, part)
    return Quantity(
        of=of,
        title=title,
        equation=equation,
        configured=configured,
        actual=operand.grad,
        elements=chosen(configured, tensors, operand.grad, None)[:2],
        axes=ready.formula.axes.get(names[0], ()),
        result="value",
        arrives=_arrives(ready, context),
        goes=context.origin(operand.value)[1],
        summed=context.summed.get(operand.value.id),
    )


def _renamed(equation: Equation, latex: str) -> Equation:
    return replace(equation, result=replace(equation.result, latex=latex))


def _without(
    of: str, status: Literal["given", "unexplained"], operand: Operand, reason: str
) -> Verdict:
    """A verdict without numbers."""
    return Verdict(of, status, 0, operand.value.data.numel(), None, None, None, reason)


def _worst(found: Sequence[Agreement | None]) -> Agreement | None:
    """The agreement that is farthest off; None where one is missing."""
    known = [agreement for agreement in found if agreement is not None]
    if len(known) < len(found):
        return None
    return max(known, key=lambda agreement: agreement.difference)


def _arrives(ready: BoundStep, context: Context) -> tuple[Link, ...]:
    """The pages from which gradients arrive, each once."""
    reached = (o for o in ready.outputs if o.grad is not None)
    return tuple(dict.fromkeys(link for o in reached for link in context.senders(o)))


def _derivatives(ready: BoundStep, tensors: Mapping[str, Tensor]) -> dict[str, Agreement]:
    wanted = {
        n: e for n, e in ready.formula.gradients.items() if ready.operands[n].grad is not None
    }
    configured = {name: ready.configured(equation) for name, equation in wanted.items()}
    forwards = [ready.formula.forward, *(o.equation for o in ready.formula.others if o.equation)]
    return agreements(
        [ready.configured(f) for f in forwards], configured, tensors, ready.formula.conventions
    )

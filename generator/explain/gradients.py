"""The gradients of one step: those that autograd gave, and why it gave no others."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from generator.explain.bound import BoundStep
from generator.explain.choice import chosen
from generator.explain.context import Context
from generator.explain.derivatives import Agreement, agreements
from generator.explain.facts import report_name
from generator.explain.grids import Naming
from generator.explain.section import Quantity, section
from generator.explanation import Link, Section, Verdict


def gradients(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    naming: Naming,
    context: Context,
) -> tuple[tuple[Section, ...], tuple[Verdict, ...]]:
    """A section for each gradient that autograd gave; a reason for each that it did not."""
    found: list[Section] = []
    given: list[Verdict] = []
    derivatives = _derivatives(ready, tensors)
    for name, operand in ready.operands.items():
        equation = ready.formula.gradients.get(name)
        of = f"grad {report_name(name)}"
        if operand.grad is None or not ready.reached:
            if operand.value.data.is_floating_point() and name in ready.formula.gradients:
                reason = operand.no_grad or ready.output.no_grad or "autograd gave no gradient"
                count = operand.value.data.numel()
                given.append(Verdict(of, "given", 0, count, None, None, None, reason))
            continue
        if equation is None:
            reason = f"the gradient of {name} is not explained"
            count = operand.value.data.numel()
            given.append(Verdict(of, "unexplained", 0, count, None, None, None, reason))
            continue
        configured = ready.configured(equation)
        quantity = Quantity(
            of=of,
            title=f"Gradient of the {name.replace('_', ' ')}",
            equation=equation,
            configured=configured,
            actual=operand.grad,
            elements=chosen(configured, tensors, operand.grad, None)[:2],
            axes=ready.formula.axes.get(name, ()),
            result="value",
            arrives=_arrives(ready, context),
            goes=context.origin(operand.value)[1],
            derivative=derivatives.get(name),
        )
        found.append(section(quantity, ready.formula, tensors, naming, context.decimals))
    return tuple(found), tuple(given)


def _arrives(ready: BoundStep, context: Context) -> tuple[Link, ...]:
    """The pages from which gradients arrive, each once."""
    reached = (o for o in ready.outputs if o.grad is not None)
    return tuple(dict.fromkeys(link for o in reached for link in context.readers(o)))


def _derivatives(ready: BoundStep, tensors: Mapping[str, Tensor]) -> dict[str, Agreement]:
    wanted = {
        n: e for n, e in ready.formula.gradients.items() if ready.operands[n].grad is not None
    }
    configured = {name: ready.configured(equation) for name, equation in wanted.items()}
    forwards = [ready.formula.forward, *(o.equation for o in ready.formula.others if o.equation)]
    return agreements([ready.configured(f) for f in forwards], configured, tensors)

"""Where a tensor goes to several places, its gradient is the sum of what each sends back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from generator import wording
from generator.capture.records import Operand, Step, Value, operands, values
from generator.explain.choice import chosen
from generator.explain.context import Context, Use, display
from generator.explain.facts import report_name
from generator.explain.grids import Naming
from generator.explain.section import Quantity, section
from generator.explanation import GradientSum, StepPage
from generator.formula.build import total
from generator.formula.configure import configure
from generator.formula.tree import Equation, Expr, Num, Var, add
from generator.formula.tree import Tensor as Declared
from generator.layers.elementwise import Axes, axes
from generator.layers.registry import Formula
from generator.layers.tensors import gradient_of

_TERMS = 8
"""Uses up to which each is a term of its own; more are one tensor, summed over its first axis."""


def gradient_sums(step: Step, page: StepPage, context: Context) -> Iterator[GradientSum]:
    """The sums that the step's page shows.

    That of each of its outputs; and that of each parameter or input of the model that it is the
    first to read.
    """
    outputs = list(values(step.outputs))
    for place, value in enumerate(outputs):
        if value.step == step.index:
            name, symbol, names = _output(page, place, len(outputs))
            yield from _sum(
                value, f"grad {name}", f"the {name}", symbol, names, context, upstream=True
            )
    known = {fact.name: fact for fact in page.operands}
    for name, operand in _own(step):
        value = operand.value
        uses = context.uses.get(value.id, ())
        if value.origin != "step" and uses and uses[0].step is step:
            fact = known.get(name)
            symbol, names = (fact.symbol, fact.axes) if fact else ("", ())
            of = f"grad {report_name(name)} over all uses"
            called = wording.operand(name)
            if value.origin == "input":
                called = f"the model's input {name}"
            yield from _sum(value, of, called, symbol or "x", names, context, upstream=False)


def _output(page: StepPage, place: int, count: int) -> tuple[str, str, tuple[str, ...]]:
    """What the page calls one of the outputs: its name, its symbol, its axes."""
    if place == 0:
        return "output", page.output_symbol, page.output_axes
    if len(page.others) == count - 1:
        other = page.others[place - 1]
        return other.of, other.symbol, other.worked[0].axes if other.worked else ()
    return f"output {place}", rf"y^{{({place})}}", ()


def _own(step: Step) -> Iterator[tuple[str, Operand]]:
    """The operands, parameters by their local name and others by the value's."""
    yield from step.parameters.items()
    seen: set[int] = set()
    for operand in (*operands(step.args), *operands(step.kwargs)):
        if operand.value.id not in seen:
            seen.add(operand.value.id)
            yield operand.value.name, operand


def _sum(
    value: Value,
    of: str,
    name: str,
    symbol: str,
    names: tuple[str, ...],
    context: Context,
    *,
    upstream: bool,
) -> Iterator[GradientSum]:
    """`name` has its article, `the output`; `names` are those of the axes, if they are known."""
    uses = context.uses.get(value.id, ())
    if value.grad is None or not all(use.operand.separate for use in uses):
        return
    parts = [(use, use.operand.grad) for use in uses if use.operand.grad is not None]
    if len(parts) < 2 or value.grad.is_complex():
        return
    links = [context.step_link(use.step) for use, _ in parts]
    shaped = axes(value.shape)
    general, tensors = _equation(
        shaped, symbol, name, [use for use, _ in parts], [g for _, g in parts]
    )
    configured = configure(general, shaped.settings)
    quantity = Quantity(
        of=of,
        title=f"Gradient of {name}, over all of its uses",
        equation=general,
        configured=configured,
        actual=value.grad,
        elements=chosen(configured, tensors, value.grad, None)[:1],
        axes=names if len(names) == value.data.dim() else shaped.names,
        result="value",
    )
    formula = Formula("", general, {}, shaped.settings, {})
    naming = Naming(dict(zip(tensors, links, strict=False)) if len(parts) <= _TERMS else {}, {})
    found = section(quantity, formula, tensors, naming, context.decimals)
    yield GradientSum(found, tuple(dict.fromkeys(links)), len(parts), upstream)


def _equation(
    shaped: Axes, symbol: str, name: str, uses: Sequence[Use], gradients: Sequence[Tensor]
) -> tuple[Equation, Mapping[str, Tensor]]:
    """∂L/∂x = g⁽¹⁾ + g⁽²⁾ + …, with the tensors that it reads."""
    result = gradient_of(Declared("value", symbol, shaped.sizes, name))
    body: Expr
    if len(uses) > _TERMS:
        u = Var("u")
        every = Declared("parts", "g", (Num(len(uses)), *shaped.sizes), "gradient from each use")
        body = total(u.over(len(uses)), every[(u, *shaped.indices)])
        return Equation(result, shaped.indices, body, (every,)), {
            "parts": torch.stack([*gradients])
        }
    declared = [
        Declared(
            f"part_{place}",
            rf"g^{{({place})}}",
            shaped.sizes,
            f"what came back through {display(use.step)}",
            "upstream",
        )
        for place, use in enumerate(uses, start=1)
    ]
    terms = [part[shaped.indices] for part in declared]
    tensors = {part.name: g for part, g in zip(declared, gradients, strict=True)}
    equation = Equation(
        result,
        shaped.indices,
        add(*terms),
        tuple(declared),
        # autograd adds them in the order in which they arrive: no partial sum is larger than this
        arithmetic=add(*(abs(term) for term in terms)),
    )
    return equation, tensors

"""One step of a recording as a page: its formula, its numbers, its verdicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from torch import Tensor

from generator.capture.records import Step
from generator.explain.accumulation import gradient_sums, name_parts, part_symbols
from generator.explain.bound import BoundStep, bound, output_names
from generator.explain.choice import chosen
from generator.explain.context import Context
from generator.explain.elements import position
from generator.explain.facts import (
    configuration,
    operand_facts,
    operand_names,
    output_facts,
    sizes,
    step_page,
)
from generator.explain.gradients import called, gradients
from generator.explain.grids import Naming
from generator.explain.pictures import marked, picture
from generator.explain.reaching import Reached, reached
from generator.explain.section import Quantity, section
from generator.explain.symbols import meanings, symbol, symbols
from generator.explain.unexplained import unexplained
from generator.explain.verdicts import check
from generator.explanation import NoteText, Picture, Section, StepPage, Upstream, Verdict
from generator.formula.operands import offset
from generator.layers.registry import Formula, Refused
from generator.wording import minus, sentence

MOST_OTHERS = 3
"""Outputs behind the first that a page works out; those behind them are checked all the same."""


def explain_step(step: Step, context: Context) -> StepPage:
    """The step's page; where its type or configuration is not explained, with the reason."""
    formula: Formula | None = None
    try:
        ready = replace(bound(step, context.formulas), names=context.axes.get(step.index))
        page = _explained(ready, context)
        formula = ready.formula
    except Refused as refusal:
        context.fields.unexplained(step)
        page = unexplained(step, context, str(refusal))
    except Exception as fault:  # noqa: BLE001 - a fault of ours costs this page's explanation only
        context.fields.unexplained(step)
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        page = unexplained(step, context, f"Layerbook failed on this call, a fault of its: {what}")
    if formula is None:
        name_parts(step, context, set())
    sums = tuple(gradient_sums(step, page, context, formula))
    if not sums:
        return page
    verdicts = (*page.verdicts, *(found.section.verdict for found in sums))
    added = tuple(symbol for found in sums for symbol in found.symbols)
    return replace(page, sums=sums, verdicts=verdicts, symbols=(*page.symbols, *added))


def _explained(ready: BoundStep, context: Context) -> StepPage:
    tensors = ready.tensors()
    links = {name: context.origin(o.value)[1] for name, o in ready.operands.items()}
    for name, output in zip(output_names(len(ready.outputs)), ready.outputs, strict=True):
        senders = context.senders(output)
        # of several each sends back a part, and the upstream gradient is their sum
        links[f"grad_{name}"] = senders[0] if len(senders) == 1 else None
    naming = Naming(links, meanings(ready.formula), context.paths.file(ready.step))
    if ready.step.call:
        # the first call stands on the same page
        naming.worked.update(_stages(ready.formula))
    forward = _forward(ready, tensors, naming, context)
    others, further = _others(ready, tensors, naming, context)
    followed = reached(ready, forward, tensors)
    table = symbols(ready.formula, naming.links, naming.counts)
    name_parts(ready.step, context, {known.latex for known in table})
    backward, given = gradients(ready, tensors, naming, context, followed)
    sections = (forward, *others)
    verdicts = (*(o.verdict for o in sections), *further, *(g.verdict for g in backward), *given)
    by_name = {v.of: v for v in verdicts}
    return step_page(
        ready.step,
        context,
        operand_names(ready),
        search=ready.rule.search,
        title=ready.rule.title,
        refused=None,
        summary=minus(ready.formula.summary),
        operands=tuple(operand_facts(ready, context)),
        output_axes=ready.formula.axes.get("output", ()),
        output_symbol=symbol(ready.formula.forward.result),
        multiply_adds=ready.formula.multiply_adds,
        configuration=configuration(ready.options),
        symbols=(*table, *part_symbols(ready.step, context)),
        sizes=sizes(ready),
        shape=ready.formula.shape,
        forward=forward,
        others=others,
        gradients=backward,
        notes=tuple(NoteText(n.title, n.text) for n in ready.formula.notes),
        pictures=tuple(_pictures(ready, followed)),
        statistics=(),
        verdicts=tuple(by_name.values()),
        receptive=context.fields.explained(ready),
        upstream=tuple(_upstream(ready, context)),
        called=tuple(called(ready)),
        outputs=tuple(output_facts(ready, context)),
    )


def _stages(formula: Formula) -> Iterator[str]:
    """The names of all stages of the formula's equations."""
    further = (output.equation for output in formula.others if output.equation is not None)
    for equation in (formula.forward, *further, *formula.gradients.values()):
        yield from (stage.tensor.name for stage in equation.stages)


def _upstream(ready: BoundStep, context: Context) -> Iterator[Upstream]:
    """Where the gradient of each output came from, if one arrived."""
    formula = ready.formula
    further = (None if o.equation is None else symbol(o.equation.result) for o in formula.others)
    symbols = (symbol(formula.forward.result), *further)
    for found, output in zip(symbols, ready.outputs, strict=False):
        if found is not None and output.grad is not None:
            yield Upstream(found, context.senders(output))


def _forward(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    naming: Naming,
    context: Context,
) -> Section:
    formula = ready.formula
    wished = context.elements.get(ready.step.name)
    configured = ready.configured(formula.forward)
    quantity = Quantity(
        of="output",
        title="Output",
        equation=formula.forward,
        configured=configured,
        actual=ready.output.data,
        elements=chosen(configured, tensors, ready.output.data, wished),
        axes=formula.axes.get("output", ()),
        result=formula.result,
    )
    return section(quantity, formula, tensors, naming, context.decimals)


def _others(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    naming: Naming,
    context: Context,
) -> tuple[tuple[Section, ...], tuple[Verdict, ...]]:
    """The outputs behind the first: some with a section, all with a verdict."""
    formula = ready.formula
    found: list[Section] = []
    verdicts: list[Verdict] = []
    for place, value in enumerate(ready.outputs[1:]):
        output = formula.others[place] if place < len(formula.others) else None
        name = str(place + 1) if output is None else output.name
        of, count = f"output {name}", value.data.numel()
        if output is None or output.equation is None:
            reason = "this output is not explained" if output is None else output.reason
            verdicts.append(Verdict(of, "unexplained", 0, count, None, None, None, reason))
            continue
        configured = ready.configured(output.equation)
        if len(found) == MOST_OTHERS:
            verdicts.append(check(of, configured, tensors, value.data, ()).verdict)
            continue
        quantity = Quantity(
            of=of,
            title=sentence(output.called or f"output {name}"),
            equation=output.equation,
            configured=configured,
            actual=value.data,
            elements=chosen(configured, tensors, value.data, None),
            axes=output.axes,
            result="value",
        )
        found.append(section(quantity, formula, tensors, naming, context.decimals))
    return tuple(found), tuple(verdicts)


def _part(
    outlined: Tensor, shape: tuple[int, ...], element: tuple[int, ...] | None
) -> tuple[int, ...] | None:
    """The element whose part of an operand is drawn: in the worked element's part if that is read.

    So the pictures of a batch are of one sample where that is possible.
    """
    if not outlined.numel():
        return None
    fixed = max(0, len(shape) - 3)
    own = (element or ())[:fixed]
    if len(own) == fixed and all(k < n for k, n in zip(own, shape, strict=False)):
        rest = math.prod(shape[fixed:])
        if bool((outlined // rest == offset(own, shape[:fixed])).any()):
            return (*own, *(0 for _ in shape[fixed:]))
    return position(int(outlined[0]), shape)


def _pictures(ready: BoundStep, followed: Reached) -> Iterator[Picture]:
    axes = ready.formula.axes
    for name, operand in ready.operands.items():
        tensor = operand.value.data
        if tensor.dim() < 2 or not tensor.is_floating_point():
            continue
        marks = followed.field(name)
        where = _part(marks.outlined, tensor.shape, followed.element)
        declared = next((t for t in ready.formula.forward.tensors if t.name == name), None)
        title = name if declared is None else declared.meaning
        found = picture(title, tensor, axes.get(name, ()), marks, where)
        if found is not None:
            yield found
    output, element = ready.output.data, followed.element
    if output.dim() > 0 and element is not None:
        own = marked(output, element)
        found = picture(
            ready.formula.called or "output", output, axes.get("output", ()), own, element
        )
        if found is not None:
            yield found

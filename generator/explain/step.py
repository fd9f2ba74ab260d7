"""One step of a recording as a page: its formula, its numbers, its verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from generator.capture.records import Operand, Step, Value, operands, values
from generator.explain.bound import BoundStep, bound
from generator.explain.choice import chosen
from generator.explain.context import Context, display, type_title
from generator.explain.derivatives import Agreement, agreements
from generator.explain.pictures import picture, statistics
from generator.explain.section import Quantity, section
from generator.explain.symbols import symbol, symbols
from generator.explanation import (
    Link,
    NoteText,
    OperandFact,
    Picture,
    Section,
    SizeFact,
    StepPage,
    Verdict,
)
from generator.formula.configure import size
from generator.formula.latex import Printer
from generator.formula.numbers import with_numbers
from generator.layers.registry import Refused, lookup


def explain_step(step: Step, context: Context) -> StepPage:
    """The step's page; where its type or configuration is not explained, with the reason."""
    try:
        return _explained(bound(step), context)
    except Refused as refusal:
        return _unexplained(step, context, str(refusal))
    except Exception as fault:  # noqa: BLE001 - a fault of ours costs this page's explanation only
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        return _unexplained(step, context, f"Layerbook failed on this call, a fault of its: {what}")


def report_name(operand: str) -> str:
    """An operand's name in reports: the functional form's, and x for its first input."""
    return "x" if operand == "input" else operand


def _explained(ready: BoundStep, context: Context) -> StepPage:
    tensors = ready.tensors()
    links = {name: context.origin(o.value)[1] for name, o in ready.operands.items()}
    links["grad_output"] = next(iter(context.readers(ready.output)), None)
    forward = _forward(ready, tensors, links, context)
    gradients, given = _gradients(ready, tensors, links, context)
    by_name = {v.of: v for v in (forward.verdict, *(g.verdict for g in gradients), *given)}
    return _page(
        ready.step,
        context,
        search=ready.rule.search,
        title=ready.rule.title,
        refused=None,
        summary=ready.formula.summary,
        operands=tuple(_operand_facts(ready, context)),
        output_axes=ready.formula.axes.get("output", ()),
        output_symbol=symbol(ready.formula.forward.result),
        multiply_adds=ready.formula.multiply_adds,
        configuration=_configuration(ready.options),
        symbols=symbols(ready.formula, links),
        sizes=_sizes(ready),
        forward=forward,
        gradients=gradients,
        notes=tuple(NoteText(n.title, n.text) for n in ready.formula.notes),
        pictures=tuple(_pictures(ready, forward)),
        statistics=(),
        verdicts=tuple(by_name.values()),
    )


def _unexplained(step: Step, context: Context, reason: str) -> StepPage:
    rule = lookup(step.type)
    outputs = list(values(step.outputs))
    inputs = _inputs(step)
    verdicts = [Verdict("output", "unexplained", 0, _count(outputs), None, None, None, reason)]
    for operand in inputs:
        if operand.value.requires_grad:
            name = report_name(operand.value.name)
            verdicts.append(
                Verdict(
                    f"grad {name}",
                    "unexplained",
                    0,
                    operand.value.data.numel(),
                    None,
                    None,
                    None,
                    reason,
                )
            )
    tensors = [
        *((f"input {o.value.name}", o.value.data) for o in inputs),
        *((f"output {k}" if len(outputs) > 1 else "output", v.data) for k, v in enumerate(outputs)),
    ]
    return _page(
        step,
        context,
        search=() if rule is None else rule.search,
        title=type_title(step.type),
        refused=reason,
        summary="",
        operands=tuple(_fact(o, o.value.name, "", "input", (), context) for o in inputs),
        output_axes=(),
        output_symbol="y",
        multiply_adds=0,
        configuration=_configuration(step.attributes),
        symbols=(),
        sizes=(),
        forward=None,
        gradients=(),
        notes=(),
        pictures=tuple(
            p for name, t in tensors if (p := picture(name, t, ())) is not None and t.dim() > 1
        ),
        statistics=tuple(statistics(name, tensor) for name, tensor in tensors),
        verdicts=tuple(verdicts),
    )


def _page(step: Step, context: Context, **known: object) -> StepPage:
    """The page, with what is the same whether the step is explained or not."""
    steps = context.recording.steps
    outputs = list(values(step.outputs))
    source = step.source
    parent = context.paths.container(step.scope)
    return StepPage(
        name=display(step),
        step=step.name,
        call=step.call,
        kind=step.kind,
        type=step.type,
        page=context.paths.step(step),
        consumers=tuple(
            dict.fromkeys(link for value in outputs for link in context.readers(value))
        ),
        previous=context.step_link(steps[step.index - 1]) if step.index else None,
        next=context.step_link(steps[step.index + 1]) if step.index + 1 < len(steps) else None,
        up=Link(step.scope or context.title, "", parent),
        input_shapes=tuple(o.value.shape for o in _inputs(step)),
        output_shape=outputs[0].shape if outputs else (),
        dtype=", ".join(dict.fromkeys(str(o.data.dtype).removeprefix("torch.") for o in outputs)),
        parameters=sum(o.value.data.numel() for o in step.parameters.values()),
        mode=_mode(step),
        source="" if source is None else f"{source.file}, line {source.line}",
        code="" if source is None else source.code,
        **known,  # type: ignore[arg-type]
    )


def _forward(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    links: Mapping[str, Link | None],
    context: Context,
) -> Section:
    formula = ready.formula
    wished = context.elements.get(ready.step.name)
    configured = ready.configured(formula.forward)
    quantity = Quantity(
        of="output",
        title="Output",
        equation=formula.forward,
        actual=ready.output.data,
        elements=chosen(configured, tensors, ready.output.data, wished),
        axes=formula.axes.get("output", ()),
        result=formula.result,
    )
    return section(quantity, formula, tensors, links, context.decimals)


def _gradients(
    ready: BoundStep,
    tensors: Mapping[str, Tensor],
    links: Mapping[str, Link | None],
    context: Context,
) -> tuple[tuple[Section, ...], tuple[Verdict, ...]]:
    """A section for each gradient that autograd gave; a reason for each that it did not."""
    found: list[Section] = []
    given: list[Verdict] = []
    derivatives = _derivatives(ready, tensors)
    for name, operand in ready.operands.items():
        equation = ready.formula.gradients.get(name)
        of = f"grad {report_name(name)}"
        if operand.grad is None or ready.output.grad is None:
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
            actual=operand.grad,
            elements=chosen(configured, tensors, operand.grad, None)[:2],
            axes=ready.formula.axes.get(name, ()),
            result="value",
            arrives=context.readers(ready.output),
            goes=context.origin(operand.value)[1],
            derivative=derivatives.get(name),
        )
        found.append(section(quantity, ready.formula, tensors, links, context.decimals))
    return tuple(found), tuple(given)


def _derivatives(ready: BoundStep, tensors: Mapping[str, Tensor]) -> dict[str, Agreement]:
    if "grad_output" not in tensors:
        return {}
    wanted = {
        n: e for n, e in ready.formula.gradients.items() if ready.operands[n].grad is not None
    }
    configured = {name: ready.configured(equation) for name, equation in wanted.items()}
    return agreements(ready.configured(ready.formula.forward), configured, tensors)


def _operand_facts(ready: BoundStep, context: Context) -> Iterator[OperandFact]:
    for name, operand in ready.operands.items():
        declared = next((t for t in ready.formula.forward.tensors if t.name == name), None)
        role = "input" if declared is None else declared.role
        latex = "" if declared is None else symbol(declared)
        yield _fact(operand, name, latex, role, ready.formula.axes.get(name, ()), context)


def _fact(
    operand: Operand,
    name: str,
    latex: str,
    role: str,
    axes: tuple[str, ...],
    context: Context,
) -> OperandFact:
    origin, link = context.origin(operand.value)
    return OperandFact(
        name=name,
        symbol=latex,
        role=role,
        shape=operand.value.shape,
        axes=axes,
        dtype=str(operand.value.data.dtype).removeprefix("torch."),
        origin=origin,
        link=link,
    )


def _sizes(ready: BoundStep) -> tuple[SizeFact, ...]:
    formula = ready.formula
    printer = Printer.of(formula.forward)
    return tuple(
        SizeFact(
            axis=s.axis,
            symbol=s.latex,
            general=printer.latex(s.length),
            configured=printer.latex(with_numbers(s.length, formula.settings)),
            value=size(s.length, formula.settings),
        )
        for s in formula.sizes
    )


def _configuration(options: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, _plain(value))
        for name, value in options.items()
        if name != "training" and _is_plain(value)
    )


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, bool | int | float | str | torch.dtype)


def _plain(value: object) -> str:
    if isinstance(value, torch.Size):
        return str(tuple(value))
    return value if isinstance(value, str) else str(value)


def _pictures(ready: BoundStep, forward: Section) -> Iterator[Picture]:
    axes = ready.formula.axes
    worked = forward.worked[0] if forward.worked else None
    reads = {} if worked is None else dict(worked.reads)
    for name, operand in ready.operands.items():
        tensor = operand.value.data
        where = reads.get(name, ())
        if tensor.dim() < 2 or not tensor.is_floating_point():
            continue
        declared = next((t for t in ready.formula.forward.tensors if t.name == name), None)
        title = name if declared is None else declared.meaning
        found = picture(title, tensor, axes.get(name, ()), where, where[0] if where else None)
        if found is not None:
            yield found
    output = ready.output.data
    if output.dim() > 0 and worked is not None:
        found = picture("output", output, axes.get("output", ()), (worked.element,), worked.element)
        if found is not None:
            yield found


def _inputs(step: Step) -> list[Operand]:
    return [*operands(step.args), *operands(step.kwargs)]


def _count(found: list[Value]) -> int:
    return sum(v.data.numel() for v in found)


def _mode(step: Step) -> str:
    training = step.attributes.get("training")
    if step.kind != "module" or training is None:
        return ""
    return "training" if training else "evaluation"

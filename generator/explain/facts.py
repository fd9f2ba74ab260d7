"""What a page says of a step beside its formulas: operands, neighbours, configuration, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from generator import wording
from generator.capture.records import Operand, Step, operands, parameters, values
from generator.explain.bound import BoundStep
from generator.explain.context import Context, display
from generator.explain.distribution import spread
from generator.explain.symbols import equations, symbol
from generator.explain.synonyms import no_synonyms
from generator.explanation import Link, OperandFact, OutputFact, SizeFact, StepPage
from generator.formula.configure import size
from generator.formula.latex import Printer
from generator.formula.numbers import with_numbers
from generator.formula.text import limit
from generator.layers.registry import Formula


def report_name(operand: str) -> str:
    """An operand's name in reports: the functional form's, and x for its first input."""
    return "x" if operand == "input" else operand


def step_page(
    step: Step, context: Context, names: Mapping[int, str] | None = None, **known: object
) -> StepPage:
    """The page, with what is the same whether the step is explained or not.

    `names` has what it calls the operands, by their identity.
    """
    found = spread(step, names or {})
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
        input_shapes=tuple(o.value.shape for o in inputs(step)),
        output_shape=outputs[0].shape if outputs else (),
        dtype=", ".join(dict.fromkeys(str(o.data.dtype).removeprefix("torch.") for o in outputs)),
        parameters=sum(value.data.numel() for value in parameters(step).values()),
        mode=_mode(step),
        source="" if source is None else f"{source.file}, line {source.line}",
        code="" if source is None else source.code,
        no_synonyms=no_synonyms(step.type),
        distributions=found.shown,
        not_drawn=found.left_out,
        **known,  # type: ignore[arg-type]
    )


def operand_facts(ready: BoundStep, context: Context) -> Iterator[OperandFact]:
    """The operands of an explained step, with their symbols and axes."""
    for name, operand in ready.operands.items():
        declared = next((t for t in ready.formula.forward.tensors if t.name == name), None)
        role: str = "input" if declared is None else declared.role
        if operand.value.origin == "parameter":  # a function may read one of its container's
            role = "parameter"
        if operand.value.origin == "buffer" and not _is_read(name, ready.formula):
            role = "not read"
        latex = "" if declared is None else symbol(declared)
        found = fact(operand, name, latex, role, ready.formula.axes.get(name, ()), context)
        called = _role(ready, name)
        yield replace(
            found,
            dtype=ready.call.tensors[name].dtype,
            called="" if called == wording.operand(name) else called.removeprefix("the "),
        )


def operand_names(ready: BoundStep) -> dict[int, str]:
    """What the page calls each operand, by the operand's identity."""
    return {id(operand): _role(ready, name) for name, operand in ready.operands.items()}


def _role(ready: BoundStep, name: str) -> str:
    """An operand by what the formula takes it for."""
    declared = (t.meaning for t in ready.formula.forward.tensors if t.name == name)
    return wording.role(name, next(declared, ""), alone=len(ready.operands) == 1)


def _is_read(name: str, formula: Formula) -> bool:
    """Whether any formula of the page reads the operand."""
    return any(t.name == name for equation in equations(formula) for t in equation.tensors)


def output_facts(ready: BoundStep, context: Context) -> Iterator[OutputFact]:
    """The outputs of a step that gives several."""
    formula = ready.formula
    said = [(formula.called or "output", formula.axes.get("output", ()), formula.holds)]
    said += [(o.called or _numbered(o.name), o.axes, o.holds) for o in formula.others]
    if len(ready.outputs) > 1:
        for (name, axes, holds), output in zip(said, ready.outputs, strict=False):
            yield OutputFact(name, output.shape, axes, holds, context.readers(output))


def _numbered(name: str) -> str:
    return f"output {name}" if name.isdigit() else name


def fact(
    operand: Operand,
    name: str,
    latex: str,
    role: str,
    axes: tuple[str, ...],
    context: Context,
) -> OperandFact:
    """One operand: what it is and where it comes from."""
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


def sizes(ready: BoundStep) -> tuple[SizeFact, ...]:
    """How each axis of the output gets its length."""
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


def configuration(options: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The options that are plain values, as text."""
    return tuple(
        (name, _plain(value))
        for name, value in options.items()
        if name != "training" and not name.startswith("_") and value != () and _is_plain(value)
    )


def inputs(step: Step) -> list[Operand]:
    """The tensors that the step was called with, without a module's own."""
    return [*operands(step.args), *operands(step.kwargs)]


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(_is_plain(v) for v in value)
    return value is None or isinstance(value, bool | int | float | str | torch.dtype)


def _plain(value: object) -> str:
    if isinstance(value, torch.Size):
        return str(tuple(value))
    if isinstance(value, float) and limit(value):
        return f"{value:.7e}"  # enough for float32; no one reads 17 digits of its lowest number
    return value if isinstance(value, str) else str(value)


def _mode(step: Step) -> str:
    training = step.attributes.get("training")
    if step.kind != "module" or training is None:
        return ""
    return "training" if training else "evaluation"

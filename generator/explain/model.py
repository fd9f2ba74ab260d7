"""A recording as the pages of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from generator.capture.records import Container, Recording, Value, parameters, values
from generator.explain.answer import Wanted, answers
from generator.explain.axis_names import axis_names
from generator.explain.bound import Prepared
from generator.explain.context import Context, uses_of
from generator.explain.diagrams import with_diagrams
from generator.explain.magnitudes import magnitudes
from generator.explain.media import declared, media
from generator.explain.parts import Neighbours, Parts, counts
from generator.explain.paths import Paths
from generator.explain.pictures import picture
from generator.explain.receptive import Fields
from generator.explain.relations import in_blocks, related
from generator.explain.step import explain_step
from generator.explanation import (
    ContainerPage,
    Link,
    ModelPages,
    NotRun,
    OperandFact,
    Picture,
    StepPage,
)
from generator.shown import Shown


def explain_model(
    recording: Recording,
    *,
    name: str,
    title: str,
    summary: str,
    source: str,
    elements: Mapping[str, tuple[int, ...]],
    decimals: int,
    shown: Mapping[str, Shown] | None = None,
    outputs: Mapping[str, Shown] | None = None,
    advance: Callable[[str], None] = lambda _: None,
) -> ModelPages:
    """Explain every step of a recording and judge every quantity.

    `shown` says as what inputs are shown, and `outputs` the outputs; `advance` is told each step's
    name when it is done. Raises ShownError for a tensor that cannot be shown so.
    """
    wanted = Wanted(declared(recording, shown or {}), outputs or {})
    inputs = media(recording, wanted.inputs)
    paths = Paths(name, recording)
    formulas: dict[str, Prepared] = {}
    context = Context(
        recording,
        paths,
        title,
        elements,
        decimals,
        uses_of(recording),
        Fields.of(recording),
        formulas,
        axis_names(recording, formulas),
    )
    pages: list[StepPage] = []
    for step in recording.steps:
        pages.append(explain_step(step, context))
        advance(step.name)
    related_pages, catalogue = related(context, pages)
    model = recording.containers[0]
    parts = Parts(context, pages)
    beside = parts.neighbours()
    found = ModelPages(
        name=name,
        title=title,
        summary=summary,
        type=model.type,
        page=paths.index,
        source=source,
        device=recording.device,
        mode="training" if recording.training else "evaluation",
        dtype=_dtypes(recording),
        notes=recording.notes,
        inputs=tuple(_fact(v, k, context) for k, v in recording.inputs.items()),
        outputs=_outputs(recording, context),
        loss=float(recording.loss.data),
        parts=tuple(parts.of(model)),
        steps=related_pages,
        containers=in_blocks(
            [_container(c, context, parts, beside[c.name]) for c in recording.containers if c.name]
        ),
        not_run=tuple(_not_run(recording)),
        parameters=sum(v.data.numel() for v in recording.parameters.values()),
        multiply_adds=sum(page.multiply_adds for page in pages),
        counts=counts(pages),
        pictures=tuple(_pictures(recording)),
        decimals=decimals,
        magnitudes=magnitudes(context, pages),
        media=inputs,
        catalogue=catalogue,
        answers=answers(context, wanted),
        loss_step=_made(recording.loss, context),
        unread=_unread(recording),
    )
    return with_diagrams(found, context)


def _container(
    container: Container, context: Context, parts: Parts, beside: Neighbours
) -> ContainerPage:
    *_, above = (name for name in parts.around(container.name) if name != container.name)
    source = container.source
    read = [v for v in container.inputs if context.read_inside(v, container.name)]
    return ContainerPage(
        name=container.name,
        type=container.type,
        doc=container.doc,
        page=context.paths.container(container.name),
        up=Link(above or context.title, "", context.paths.container(above)),
        previous=beside.previous,
        next=beside.next,
        source="" if source is None else f"{source.file}, line {source.line}",
        code="" if source is None else source.code,
        inputs=tuple(_fact(v, v.name, context) for v in read),
        unread=tuple(_fact(v, v.name, context) for v in container.inputs if v not in read),
        outputs=_outputs(container, context),
        parts=tuple(parts.of(container)),
        parameters=parts.parameters(container),
        multiply_adds=parts.multiply_adds(container),
        counts=parts.counts(container),
    )


def _outputs(of: Recording | Container, context: Context) -> tuple[OperandFact, ...]:
    named = zip(of.outputs, of.output_names, strict=True)
    return tuple(_fact(value, name, context) for value, name in named)


def _unread(recording: Recording) -> int:
    """How many of the parameters no step reads."""
    read = {key for step in recording.steps for key in parameters(step)}
    return sum(v.data.numel() for v in recording.parameters.values() if v.id not in read)


def _not_run(recording: Recording) -> Iterator[NotRun]:
    """The modules that never ran, by what their names have in common."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, kind in zip(recording.not_run, recording.not_run_types, strict=True):
        alike = ".".join("*" if part.isdigit() else part for part in name.split("."))
        found.setdefault((alike, kind), []).append(name)
    for (_, kind), names in found.items():
        parts = zip(*(name.split(".") for name in names), strict=True)
        alike = ".".join(part[0] if len(set(part)) == 1 else "*" for part in parts)
        yield NotRun(alike, kind, tuple(names))


def _made(value: Value, context: Context) -> Link | None:
    """The step that made a value."""
    return None if value.step is None else context.step_link(context.recording.steps[value.step])


def _fact(value: Value, name: str, context: Context) -> OperandFact:
    origin, link = context.origin(value)
    return OperandFact(
        name=name,
        symbol="",
        role="input",
        shape=value.shape,
        axes=(),
        dtype=str(value.data.dtype).removeprefix("torch."),
        origin=origin,
        link=link,
    )


def _dtypes(recording: Recording) -> str:
    found = dict.fromkeys(
        str(value.data.dtype).removeprefix("torch.")
        for step in recording.steps
        for value in values(step.outputs)
    )
    return ", ".join(found)


def _pictures(recording: Recording) -> Iterator[Picture]:
    for name, value in recording.inputs.items():
        if value.data.is_floating_point() and value.data.dim() >= 2:
            found = picture(f"input {name}", value.data, ())
            if found is not None:
                yield found

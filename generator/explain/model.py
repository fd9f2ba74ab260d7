"""A recording as the pages of a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from generator.capture.records import Container, Recording, Step, Value, operands, values
from generator.explain.context import Context, uses_of
from generator.explain.paths import Paths
from generator.explain.pictures import picture
from generator.explain.step import explain_step
from generator.explanation import (
    ContainerPage,
    Link,
    ModelPages,
    OperandFact,
    Part,
    Picture,
    Status,
    StepPage,
)

_ORDER: tuple[Status, ...] = ("verified", "mismatch", "unexplained", "given")


def explain_model(
    recording: Recording,
    *,
    name: str,
    title: str,
    summary: str,
    source: str,
    elements: Mapping[str, tuple[int, ...]],
    decimals: int,
    advance: Callable[[str], None] = lambda _: None,
) -> ModelPages:
    """Explain every step of a recording and judge every quantity.

    `advance` is told each step's name when it is done.
    """
    paths = Paths(name, recording)
    context = Context(recording, paths, title, elements, decimals, uses_of(recording))
    pages: list[StepPage] = []
    for step in recording.steps:
        pages.append(explain_step(step, context))
        advance(step.name)
    model = recording.containers[0]
    by_step = dict(enumerate(pages))
    parts = tuple(_parts(model, context, by_step, depth=0))
    return ModelPages(
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
        outputs=tuple(_fact(v, "output", context) for v in recording.outputs),
        loss=float(recording.loss.data),
        parts=parts,
        steps=tuple(pages),
        containers=tuple(_container(c, context, by_step) for c in recording.containers if c.name),
        not_run=recording.not_run,
        parameters=sum(v.data.numel() for v in recording.parameters.values()),
        multiply_adds=sum(page.multiply_adds for page in pages),
        counts=counts(pages),
        pictures=tuple(_pictures(recording)),
        decimals=decimals,
    )


def counts(pages: list[StepPage]) -> tuple[tuple[Status, int], ...]:
    """How many values have each verdict, those that none has left out."""
    found = Counter(verdict.status for page in pages for verdict in page.verdicts)
    return tuple((status, found[status]) for status in _ORDER if found[status])


def _parts(
    container: Container, context: Context, by_step: Mapping[int, StepPage], depth: int
) -> Iterator[Part]:
    """The container's steps in the order of their run, nested containers at their first step."""
    containers = {c.name: c for c in context.recording.containers}
    seen: set[str] = set()
    for step in context.recording.steps:
        if step.scope == container.name:
            yield _step_part(step, context, by_step[step.index], depth)
            continue
        inner = _child(step.scope, container.name, containers)
        if inner is not None and inner.name not in seen:
            seen.add(inner.name)
            yield _container_part(inner, context, by_step, depth)
            yield from _parts(inner, context, by_step, depth + 1)
    for name in container.children:
        if name in containers and name not in seen:  # one in which nothing was computed
            yield _container_part(containers[name], context, by_step, depth)


def _child(scope: str, above: str, containers: Mapping[str, Container]) -> Container | None:
    """The container directly inside `above` in which the scope lies; None where it lies outside."""
    if above and not scope.startswith(f"{above}."):
        return None
    inner: Container | None = None
    while scope and scope != above:
        inner = containers.get(scope, inner)
        scope = scope.rpartition(".")[0]
    return inner


def _step_part(step: Step, context: Context, page: StepPage, depth: int) -> Part:
    return Part(
        link=context.step_link(step),
        type=step.type,
        kind="step",
        input_shapes=page.input_shapes,
        output_shape=page.output_shape,
        parameters=page.parameters,
        multiply_adds=page.multiply_adds,
        counts=counts([page]),
        depth=depth,
    )


def _container_part(
    container: Container, context: Context, by_step: Mapping[int, StepPage], depth: int
) -> Part:
    inside = _inside(container, context, by_step)
    return Part(
        link=Link(container.name, container.type, context.paths.container(container.name)),
        type=container.type,
        kind="container",
        input_shapes=tuple(v.shape for v in container.inputs),
        output_shape=container.outputs[0].shape if container.outputs else (),
        parameters=_parameters(container, context),
        multiply_adds=sum(page.multiply_adds for page in inside),
        counts=counts(inside),
        depth=depth,
    )


def _container(
    container: Container, context: Context, by_step: Mapping[int, StepPage]
) -> ContainerPage:
    inside = _inside(container, context, by_step)
    above = container.name.rpartition(".")[0]
    known = {c.name for c in context.recording.containers}
    while above and above not in known:
        above = above.rpartition(".")[0]
    siblings = [c for c in context.recording.containers if c.name]
    place = siblings.index(container)
    source = container.source
    return ContainerPage(
        name=container.name,
        type=container.type,
        doc=container.doc,
        page=context.paths.container(container.name),
        up=Link(above or context.title, "", context.paths.container(above)),
        previous=_link(siblings[place - 1], context) if place else None,
        next=_link(siblings[place + 1], context) if place + 1 < len(siblings) else None,
        source="" if source is None else f"{source.file}, line {source.line}",
        code="" if source is None else source.code,
        inputs=tuple(_fact(v, v.name, context) for v in container.inputs),
        outputs=tuple(_fact(v, "output", context) for v in container.outputs),
        parts=tuple(_parts(container, context, by_step, 0)),
        parameters=_parameters(container, context),
        multiply_adds=sum(page.multiply_adds for page in inside),
        counts=counts(inside),
    )


def _link(container: Container, context: Context) -> Link:
    return Link(container.name, container.type, context.paths.container(container.name))


def _inside(
    container: Container, context: Context, by_step: Mapping[int, StepPage]
) -> list[StepPage]:
    return [
        by_step[step.index]
        for step in context.recording.steps
        if step.scope == container.name or step.scope.startswith(f"{container.name}.")
    ]


def _parameters(container: Container, context: Context) -> int:
    """Parameters that the container's steps read, each once."""
    found: dict[int, int] = {}
    for step in context.recording.steps:
        if step.scope == container.name or step.scope.startswith(f"{container.name}."):
            used = (*step.parameters.values(), *operands(step.args), *operands(step.kwargs))
            for operand in used:
                if operand.value.origin == "parameter":
                    found[operand.value.id] = operand.value.data.numel()
    return sum(found.values())


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

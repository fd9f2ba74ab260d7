"""What the list of models and the navigation say of a model."""

from __future__ import annotations

from collections.abc import Iterator

from generator.explanation import Entry, FailedModel, ModelPages, ModelSummary, Part


def summarise(model: ModelPages, order: int | None, *, live: bool = False) -> ModelSummary:
    """What the list of models says of this one."""
    return ModelSummary(
        name=model.name,
        title=model.title,
        summary=model.summary,
        page=model.page,
        type=model.type,
        error=None,
        layers=len({step.page for step in model.steps}),
        parameters=model.parameters,
        multiply_adds=model.multiply_adds,
        counts=model.counts,
        order=order,
        pages=tuple(_entries(list(model.parts), 0)),
        live=live,
    )


def summarise_failed(failed: FailedModel, order: int | None) -> ModelSummary:
    """What the list of models says of one that has no layers' pages."""
    return ModelSummary(
        name=failed.name,
        title=failed.title,
        summary=failed.summary,
        page=failed.page,
        type="",
        error=failed.error,
        layers=0,
        parameters=0,
        multiply_adds=0,
        counts=(),
        order=order,
        pages=(),
    )


def _entries(parts: list[Part], depth: int) -> Iterator[Entry]:
    """The parts at this depth, each with those below it."""
    position = 0
    while position < len(parts):
        part = parts[position]
        if "#" in part.link.page:  # a further call, which stands on the layer's page
            position += 1
            continue
        end = position + 1
        while end < len(parts) and parts[end].depth > depth:
            end += 1
        below = tuple(_entries(parts[position + 1 : end], depth + 1))
        yield Entry(part.link.title.rpartition(".")[2], part.link.page, below)
        position = end

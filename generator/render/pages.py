"""The pages of a model, of a model that failed, and the list of all models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.explanation import FailedModel, ModelPages, ModelSummary, StepPage, TermTable
from generator.html_blocks import enclosed
from generator.render.division import divided
from generator.render.environment import environment
from generator.render.facts import full_calls, sections
from generator.render.repeats import Repeats
from generator.render.view import View

INDEX = "models/index.md"

_GAPS = re.compile(r"\n{3,}")


def render_model(pages: ModelPages) -> dict[str, str | bytes]:
    """Every page of a model, by its path under docs/: the model's own, containers and steps.

    Long pages are in several parts. Files of terms lie beside them.
    """
    files: dict[str, bytes] = {}
    result = {pages.page: _render("model.md.j2", View.of(pages, pages.page), model=pages)}
    if pages.catalogue is not None:
        page = pages.catalogue.page
        view = View.of(pages, page)
        result[page] = _render("by_type.md.j2", view, model=pages, found=pages.catalogue)
    for container in pages.containers:
        view = View.of(pages, container.page)
        result[container.page] = _render("container.md.j2", view, model=pages, container=container)
    for page, calls in _by_page(pages.steps).items():
        view = View.of(pages, page)
        worked = calls[: full_calls(calls)]
        repeats = Repeats.of(worked)
        result[page] = _render(
            "step.md.j2", view, model=pages, step=calls[0], calls=calls, repeats=repeats
        )
        files.update((table.path, table.data) for call in worked for table in _tables(call))
    parts = {page: enclosed(text) for page, text in divided(result).items()}
    return {**parts, **files}


def _tables(step: StepPage) -> Iterator[TermTable]:
    """The files of terms that lie beside the step's page."""
    for section in sections(step):
        for worked in section.worked:
            for one in (*worked.sums, *(s for stage in worked.stages for s in stage.sums)):
                yield from one.tables


def _by_page(steps: Sequence[StepPage]) -> dict[str, list[StepPage]]:
    """The steps by their page: the calls of one layer share it."""
    found: dict[str, list[StepPage]] = {}
    for step in steps:
        found.setdefault(step.page, []).append(step)
    return found


def render_failed(model: FailedModel) -> dict[str, str]:
    """The page of a model that could not be loaded or run."""
    return {model.page: enclosed(_render("failed.md.j2", View(model.page), model=model))}


def render_index(models: Sequence[ModelSummary]) -> dict[str, str]:
    """The list of all models, in the order given."""
    return {INDEX: enclosed(_render("index.md.j2", View(INDEX), models=models))}


def _render(template: str, view: View, **known: object) -> str:
    page = environment().get_template(template).render(v=view, **known)
    return _GAPS.sub("\n\n", page).strip() + "\n"

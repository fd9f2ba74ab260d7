"""The way through: discover, capture, explain, render, write; each model apart from the others.

Models that have not changed are left as they are, and where none has, torch is not imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from generator.discover import Specification, discover
from generator.freshness import Freshness, Whole
from generator.processes import build_in_processes
from generator.progress import Progress, SilentProgress
from generator.report import ModelReport, Report


def build_models(
    specs: Sequence[Specification],
    *,
    docs: Path | None,
    device: str,
    jobs: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Build the models' pages under `docs`, or with None their verdicts alone.

    A model whose pages are those that would be written again is left as it is, unless forced;
    the verdicts are always computed. `jobs` models are built at a time, each in a process of its
    own where it is more than one. A failure costs that model's pages and nothing else.
    """
    progress = SilentProgress() if progress is None else progress
    known = {} if docs is None or force else _known(specs, docs, device)
    todo = [spec for spec in specs if spec.name not in known]
    if jobs > 1 and len(todo) > 1:
        built = build_in_processes(todo, docs, device, min(jobs, len(todo)), progress)
    else:
        built = [_build_here(spec, docs, device, progress) for spec in todo]
    known.update(zip((spec.name for spec in todo), built, strict=True))
    if docs is not None:
        _finish(docs, specs)
    return Report.of(device, [known[spec.name] for spec in specs])


def _known(specs: Sequence[Specification], docs: Path, device: str) -> dict[str, ModelReport]:
    """The reports of the models that have not changed."""
    freshness = Freshness(docs, device)
    found = {spec.name: freshness.report_of(spec) for spec in specs}
    freshness.save()
    return {name: report for name, report in found.items() if report is not None}


def _build_here(
    spec: Specification, docs: Path | None, device: str, progress: Progress
) -> ModelReport:
    from generator.one_model import build_model

    return build_model(spec, docs, device, progress)


def _finish(docs: Path, specs: Sequence[Specification]) -> None:
    """Remove what is gone, and write what is about all models."""
    names = {found.name for folder in {s.path.parent for s in specs} for found in discover(folder)}
    whole = Whole(docs, names)
    if whole.is_done():
        return
    from generator.navigation import write_navigation
    from generator.render import render_index
    from generator.render.pages import INDEX
    from generator.site import remove_gone, summaries, write_pages

    remove_gone(docs, names)
    write_pages(docs, render_index(summaries(docs)))
    navigation = write_navigation(docs)
    whole.note_done([docs / INDEX, *([] if navigation is None else [navigation])])

"""The way through: discover, capture, explain, render, write; each model apart from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path

import torch

from generator.capture import CaptureError, Recording, record, values
from generator.clock import Clock
from generator.contents import summarise, summarise_failed
from generator.discover import ModelError, Specification, discover, faults_of, load
from generator.explain import explain_model
from generator.explanation import FailedModel, ModelPages, Seconds
from generator.progress import Progress, SilentProgress
from generator.recognition import draws, is_step
from generator.render import render_failed, render_index, render_model
from generator.report import ModelReport, Report
from generator.settings import nearest
from generator.site import (
    FOLDER,
    SiteError,
    remove_gone,
    summaries,
    write_model,
    write_navigation,
    write_pages,
)


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

    `jobs` models are built at a time, each in a process of its own where it is more than one.
    A failure costs that model's pages and nothing else.
    """
    del force  # everything is built each time
    progress = SilentProgress() if progress is None else progress
    if jobs > 1 and len(specs) > 1:
        built = _in_processes(specs, docs, device, jobs, progress)
    else:
        with _one_thread():
            built = [_build_one(spec, docs, device, progress) for spec in specs]
    if docs is not None:
        _finish(docs, specs)
    return Report.of(device, built)


def _build_one(
    spec: Specification, docs: Path | None, device: str, progress: Progress
) -> ModelReport:
    clock = Clock()
    progress.start(spec.name, None)
    try:
        recording = clock.timed("capture", lambda: _capture(spec, device))
        progress.start(spec.name, len(recording.steps))
        model = clock.timed("explain", lambda: _explain(spec, recording, progress))
        pages: dict[str, str | bytes] = {}
        if docs is not None:
            pages = clock.timed("render", lambda: render_model(model))
            write_model(docs, pages, summarise(model, spec.order))
        return ModelReport.of(model, sum(page.endswith(".md") for page in pages), clock.seconds())
    except (ModelError, SiteError) as reason:
        return _failed(spec, docs, str(reason), clock.seconds())
    except Exception as fault:  # noqa: BLE001 - a fault of ours costs this model's pages only
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        error = f"{spec.label}: Layerbook failed on this model, a fault of its own: {what}"
        return _failed(spec, docs, error, clock.seconds())
    finally:
        progress.finish(spec.name)


def _capture(spec: Specification, device: str) -> Recording:
    loaded = load(spec)
    with faults_of(spec):
        try:
            recording = record(
                loaded.module,
                loaded.args,
                loaded.kwargs,
                loss=loaded.loss,
                is_step=is_step,
                draws=draws(),
                device=torch.device(device),
                seed=spec.seed,
                root=spec.path.parent,
            )
        except CaptureError as error:
            message = f"{spec.label}: {error}"
            raise ModelError(message) from error
    _refuse_elements(spec, recording)
    return recording


def _refuse_elements(spec: Specification, recording: Recording) -> None:
    shapes = {s.name: next(values(s.outputs)).shape for s in recording.steps}
    settings = spec.label.removesuffix(".py") + ".yml"
    for name, element in spec.elements.items():
        if name not in shapes:
            message = f"{settings}: elements names {name!r}, {nearest(name, list(shapes))}"
            raise ModelError(message)
        shape = shapes[name]
        inside = len(element) == len(shape) and all(
            0 <= e < n for e, n in zip(element, shape, strict=False)
        )
        if not inside:
            message = (
                f"{settings}: element {list(element)} of {name} is not in its output, "
                f"expected indices within {list(shape)}"
            )
            raise ModelError(message)


def _explain(spec: Specification, recording: Recording, progress: Progress) -> ModelPages:
    return explain_model(
        recording,
        name=spec.name,
        title=spec.title,
        summary=spec.summary,
        source=spec.label,
        elements=spec.elements,
        decimals=spec.decimals,
        advance=lambda step: progress.advance(spec.name, step),
    )


def _failed(spec: Specification, docs: Path | None, error: str, seconds: Seconds) -> ModelReport:
    if docs is not None:
        failed = FailedModel(
            name=spec.name,
            title=spec.title,
            summary=spec.summary,
            page=f"{FOLDER}/{spec.name}/index.md",
            source=spec.label,
            error=error,
        )
        # where the folder is somebody's own there is no page to say it on
        with suppress(SiteError):
            write_model(docs, render_failed(failed), summarise_failed(failed, spec.order))
    return ModelReport.failed(spec.name, error, int(docs is not None), seconds)


def _finish(docs: Path, specs: Sequence[Specification]) -> None:
    """Remove what is gone, and write what is about all models."""
    folders = {spec.path.parent for spec in specs}
    remove_gone(docs, {found.name for folder in folders for found in discover(folder)})
    write_pages(docs, render_index(summaries(docs)))
    write_navigation(docs)


def _in_processes(
    specs: Sequence[Specification], docs: Path | None, device: str, jobs: int, progress: Progress
) -> list[ModelReport]:
    with ProcessPoolExecutor(min(jobs, len(specs)), mp_context=get_context("spawn")) as pool:
        running = []
        for spec in specs:
            progress.start(spec.name, None)
            running.append(pool.submit(_alone, spec, docs, device))
        found: list[ModelReport] = []
        for spec, future in zip(specs, running, strict=True):
            try:
                found.append(future.result())
            except Exception as error:  # noqa: BLE001 - whatever killed the process
                message = f"{spec.label}: its process ended: {type(error).__name__}: {error}"
                found.append(_failed(spec, docs, message, Seconds(0.0, 0.0, 0.0)))
            progress.finish(spec.name)
        return found


def _alone(spec: Specification, docs: Path | None, device: str) -> ModelReport:
    with _one_thread():
        return _build_one(spec, docs, device, SilentProgress())


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread, so that a sum has the same order, and a page the same bytes, on any machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

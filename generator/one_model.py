"""One model from its file to its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

from generator.capture import CaptureError, Recording, record, values
from generator.clock import Clock
from generator.contents import summarise, summarise_failed
from generator.discover import ModelError, Specification, faults_of, load
from generator.explain import explain_model
from generator.explanation import FailedModel, ModelPages, Seconds
from generator.freshness import Ground, root_of
from generator.marks import FOLDER
from generator.progress import Progress
from generator.reads import reads
from generator.recognition import draws, is_step
from generator.render import render_failed, render_model
from generator.report import ModelReport
from generator.settings import nearest
from generator.shown import Shown, ShownError
from generator.site import SiteError, write_model

_Known = Mapping[str, Mapping[str, Shown]]
"""As what inputs and outputs are shown, of a model that is not held any longer."""


def build_model(
    spec: Specification, docs: Path | None, device: str, progress: Progress
) -> ModelReport:
    """Build a model's pages under `docs`, or with None its verdicts alone.

    Whatever goes wrong becomes the model's error.
    """
    clock = Clock()
    progress.start(spec.name, None)
    progress.stage(spec.name, "running")
    try:
        with _one_thread():
            return _built(spec, docs, device, progress, clock)
    except (ModelError, SiteError) as reason:
        return failed(spec, docs, str(reason), clock.seconds())
    except Exception as fault:  # noqa: BLE001 - a fault of ours costs this model's pages only
        what = " ".join(f"{type(fault).__name__}: {fault}".split())
        error = f"{spec.label}: Layerbook failed on this model, a fault of its own: {what}"
        return failed(spec, docs, error, clock.seconds())
    finally:
        progress.finish(spec.name)


def failed(spec: Specification, docs: Path | None, error: str, seconds: Seconds) -> ModelReport:
    """Say on the model's page why it has no others."""
    if docs is not None:
        page = FailedModel(
            name=spec.name,
            title=spec.title,
            summary=spec.summary,
            page=f"{FOLDER}/{spec.name}/index.md",
            source=spec.label,
            error=error,
        )
        # where the folder is somebody's own there is no page to say it on
        with suppress(SiteError):
            write_model(docs, render_failed(page), summarise_failed(page, spec.order))
    return ModelReport.failed(spec.name, error, int(docs is not None), seconds)


def _built(
    spec: Specification, docs: Path | None, device: str, progress: Progress, clock: Clock
) -> ModelReport:
    ground = Ground(spec)
    with reads(root_of(spec)) as read:
        recording, known = clock.timed("capture", lambda: _capture(spec, device))
    progress.start(spec.name, len(recording.steps))
    progress.stage(spec.name, "explaining")
    model = clock.timed("explain", lambda: _explain(spec, recording, known, progress))
    if docs is None:
        return ModelReport.of(model, 0, clock.seconds())
    progress.stage(spec.name, "writing")
    pages = clock.timed("render", lambda: render_model(model))
    report = ModelReport.of(model, sum(page.endswith(".md") for page in pages), clock.seconds())
    write_model(docs, pages, summarise(model, spec.order), ground.note(read, device, report))
    return report


def _capture(spec: Specification, device: str) -> tuple[Recording, _Known]:
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
    return recording, {"shown": loaded.shown, "outputs": loaded.outputs}


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


def _explain(
    spec: Specification, recording: Recording, known: _Known, progress: Progress
) -> ModelPages:
    try:
        return explain_model(
            recording,
            name=spec.name,
            title=spec.title,
            summary=spec.summary,
            source=spec.label,
            elements=spec.elements,
            decimals=spec.decimals,
            **known,
            advance=lambda step: progress.advance(spec.name, step),
        )
    except ShownError as error:
        file = spec.label if recording.shown else spec.label.removesuffix(".py") + ".yml"
        raise ModelError(f"{file}: {error}") from error


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread, so that a sum has the same order, and a page the same bytes, on any machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

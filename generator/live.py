"""A live module from a script or a notebook, documented as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generator.capture import record
from generator.clock import Clock
from generator.contents import summarise
from generator.explain import explain_model
from generator.explanation import ModelPages
from generator.navigation import write_navigation
from generator.recognition import draws, is_step
from generator.render import render_index, render_model
from generator.report import ModelReport, Report
from generator.site import summaries, write_model, write_pages


def document_module(
    module: nn.Module,
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    *,
    name: str,
    loss: Callable[[Any], Tensor] | None,
    docs: Path | None,
    device: str,
) -> Report:
    """Build the pages of a module that is there already; see `generator.document`."""
    clock = Clock()
    recording = clock.timed(
        "capture",
        lambda: record(
            module,
            args,
            kwargs,
            loss=loss,
            is_step=is_step,
            draws=draws(),
            device=torch.device(device),
        ),
    )
    doc = " ".join((type(module).__doc__ or "").strip().partition("\n\n")[0].split())
    model = clock.timed(
        "explain",
        lambda: explain_model(
            recording,
            name=name,
            title=name,
            summary=doc if "Base class" not in doc else "",
            source="",
            elements={},
            decimals=6,
        ),
    )
    pages: dict[str, str | bytes] = {}
    if docs is not None:
        pages = clock.timed("render", lambda: render_model(model))
        _write(docs, model, pages)
    return Report.of(
        device,
        [ModelReport.of(model, sum(page.endswith(".md") for page in pages), clock.seconds())],
    )


def _write(docs: Path, model: ModelPages, pages: Mapping[str, str | bytes]) -> None:
    """Write one model's pages and bring the list of models and the navigation up to date."""
    write_model(docs, pages, summarise(model, None, live=True))
    write_pages(docs, render_index(summaries(docs)))
    write_navigation(docs)

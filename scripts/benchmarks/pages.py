"""Milliseconds that a page takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.capture import captured
from benchmarks.measure import alternating
from benchmarks.subjects import SMALL
from generator.explain import explain_model
from generator.render import render_model


def page_table(seconds: float) -> Iterator[str]:
    """Milliseconds for each page to explain and to render."""
    yield "| model | pages | explain, a page | render, a page |"
    yield "|---|---:|---:|---:|"
    for subject in SMALL[:2]:
        recording = captured(subject.make())
        explain = partial(
            explain_model,
            recording,
            name=subject.name,
            title=subject.name,
            summary="",
            source="",
            elements={},
            decimals=6,
        )
        model = explain()
        pages = sum(page.endswith(".md") for page in render_model(model))
        times = alternating({"explain": explain, "render": partial(render_model, model)}, seconds)
        yield (
            f"| {subject.name} | {pages} | {1e3 * times['explain'] / pages:.1f} ms "
            f"| {1e3 * times['render'] / pages:.1f} ms |"
        )

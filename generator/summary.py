"""The closing words of a build: what there is, what is wrong, and where to look."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.progress import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.report import Report

MOST_MISMATCHES = 20


def summary(report: Report, docs: Path | None, seconds: float) -> str:
    """Describe a report in a few lines, the faults first and the counts last."""
    counts: Counter[str] = Counter()
    for model in report.models:
        counts.update(model.counts())
    pages = sum(model.pages for model in report.models)
    numbers = [
        _models(report),
        *([] if docs is None else [_counted(pages, "page")]),
        *(f"{counts[verdict]} {verdict}" for verdict in ("verified", "mismatch", "unexplained")),
        f"{seconds:.1f} s",
    ]
    errors = [f"error: {model.error}" for model in report.models if model.status == "error"]
    lines = [*errors, *_mismatches(report.to_dict()), ", ".join(numbers)]
    if docs is not None:
        # the commands that show a site look into the default folder alone
        site = "; `layerbook serve` shows the site" if docs == Path("docs") else ""
        lines.append(f"look: {docs / 'models'} has the pages{site}")
    return "\n".join(printable(line) for line in lines)


def _mismatches(report: dict[str, Any]) -> list[str]:
    found = list(_each_mismatch(report))
    more = len(found) - MOST_MISMATCHES
    return found[:MOST_MISMATCHES] + ([f"… and {more} more mismatches"] if more > 0 else [])


def _each_mismatch(report: dict[str, Any]) -> Iterator[str]:
    for model in report["models"]:
        for step in model["steps"]:
            for value in step["values"]:
                if value["status"] == "mismatch":
                    yield (
                        f"mismatch: {model['name']}, {step['name']}, {value['of']}: "
                        f"error {value['max_error']}, budget {value['budget']}"
                    )


def _models(report: Report) -> str:
    count, kept = len(report.models), sum(model.unchanged for model in report.models)
    if not kept:
        return _counted(count, "model")
    what = "unchanged" if kept == count else f"{kept} of them unchanged"
    return f"{_counted(count, 'model')}, {what}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""The verdicts of a build as data: what `--report` writes and `document` returns."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from generator import __version__
from generator.explanation import ModelPages, Seconds, StepPage, Verdict
from generator.installed import torch_version

OK, FAILED = 0, 1


@dataclass(frozen=True)
class StepReport:
    """One step's verdicts."""

    step: str
    call: int
    kind: str
    type: str
    page: str
    """Relative to docs/."""
    verdicts: tuple[Verdict, ...]

    @classmethod
    def of(cls, step: StepPage) -> StepReport:
        """The verdicts of a step that was explained, without all that its page shows."""
        return cls(step.step, step.call, step.kind, step.type, step.page, step.verdicts)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StepReport:
        """A step of an earlier report."""
        verdicts = tuple(Verdict(**value, share=None) for value in data["values"])
        return cls(data["name"], data["call"], data["kind"], data["type"], data["page"], verdicts)


@dataclass(frozen=True)
class ModelReport:
    """One model's verdicts, or why it has none."""

    name: str
    status: Literal["ok", "error"]
    error: str | None
    pages: int
    """Pages written; 0 without a docs folder."""
    seconds: Seconds
    """Spent in this build; 0 where the model had not changed."""
    steps: tuple[StepReport, ...]
    unchanged: bool = False
    """Whether the verdicts are those of an earlier build, since nothing had changed."""

    @classmethod
    def of(cls, model: ModelPages, pages: int, seconds: Seconds) -> ModelReport:
        """The report of a model that was explained."""
        return cls(model.name, "ok", None, pages, seconds, tuple(map(StepReport.of, model.steps)))

    @classmethod
    def failed(cls, name: str, error: str, pages: int, seconds: Seconds) -> ModelReport:
        """The report of a model that could not be loaded or run."""
        return cls(name, "error", error, pages, seconds, ())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], pages: int) -> ModelReport:
        """The report that `to_dict` made in an earlier build, of a model that has not changed."""
        steps = tuple(StepReport.from_dict(step) for step in data["steps"])
        return cls(
            data["name"], data["status"], data["error"], pages, Seconds(0, 0, 0), steps, True
        )

    def counts(self) -> dict[str, int]:
        """How many values have each verdict."""
        statuses = (str(verdict.status) for step in self.steps for verdict in step.verdicts)
        return dict(Counter(statuses))

    def to_dict(self) -> dict[str, Any]:
        """The model's part of the report."""
        return {
            "name": self.name,
            "status": self.status,
            "error": self.error,
            "seconds": {
                "capture": round(self.seconds.capture, 6),
                "explain": round(self.seconds.explain, 6),
                "render": round(self.seconds.render, 6),
            },
            "steps": [_step(step) for step in self.steps],
        }


@dataclass(frozen=True)
class Report:
    """All models of a build."""

    torch: str
    device: str
    models: tuple[ModelReport, ...]

    @classmethod
    def of(cls, device: str, models: Sequence[ModelReport]) -> Report:
        """The report of a build on a device, with torch's version but for what it was built for."""
        return cls(torch_version().partition("+")[0], device, tuple(models))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, for JSON; numbers that are not finite become None."""
        return {
            "layerbook": __version__,
            "torch": self.torch,
            "device": self.device,
            "models": [model.to_dict() for model in self.models],
        }

    def exit_status(self, strict: bool = False) -> int:
        """1 if a model failed or a value does not match (strict: or is unexplained), else 0."""
        bad = {"mismatch", "unexplained"} if strict else {"mismatch"}
        for model in self.models:
            if model.status == "error" or bad & set(model.counts()):
                return FAILED
        return OK


def _step(step: StepReport) -> dict[str, Any]:
    return {
        "name": step.step,
        "call": step.call,
        "kind": step.kind,
        "type": step.type,
        "page": step.page,
        "values": [_value(verdict) for verdict in step.verdicts],
    }


def _value(verdict: Verdict) -> dict[str, Any]:
    return {
        "of": verdict.of,
        "status": verdict.status,
        "checked": verdict.checked,
        "elements": verdict.elements,
        "max_error": _finite(verdict.max_error),
        "budget": _finite(verdict.budget),
        "reason": verdict.reason,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None

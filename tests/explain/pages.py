"""A module's explanations, without rendering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from generator.capture import Recording, record
from generator.explain import explain_model
from generator.explanation import ModelPages, Section, StepPage, Verdict
from generator.recognition import draws, is_step


def explained(
    module: nn.Module,
    *args: object,
    loss: Callable[[Any], Tensor] | None = None,
    elements: dict[str, tuple[int, ...]] | None = None,
    decimals: int = 6,
    **kwargs: object,
) -> ModelPages:
    """The pages of one run."""
    recording = recorded(module, *args, loss=loss, **kwargs)
    return explain(recording, elements=elements, decimals=decimals)


def recorded(
    module: nn.Module,
    *args: object,
    loss: Callable[[Any], Tensor] | None = None,
    **kwargs: object,
) -> Recording:
    """One run."""
    return record(
        module,
        args,
        kwargs,
        loss=loss,
        is_step=is_step,
        draws=draws(),
        device=torch.device("cpu"),
    )


def explain(
    recording: Recording,
    elements: dict[str, tuple[int, ...]] | None = None,
    decimals: int = 6,
) -> ModelPages:
    """The pages of a run."""
    return explain_model(
        recording,
        name="model",
        title="Model",
        summary="",
        source="model.py",
        elements=elements or {},
        decimals=decimals,
    )


def step(pages: ModelPages, name: str, call: int = 0) -> StepPage:
    """The page of one step."""
    return next(s for s in pages.steps if s.step == name and s.call == call)


def verdict(page: StepPage, of: str) -> Verdict:
    """What was judged of one value."""
    return next(v for v in page.verdicts if v.of == of)


def gradient(page: StepPage, of: str) -> Section:
    """The section of one gradient."""
    return next(g for g in page.gradients if g.of == of)


def sound(pages: ModelPages) -> None:
    """Nothing is wrong and nothing is left out."""
    bad = [
        f"{s.name} {v.of}: {v.status}, {v.reason}"
        for s in pages.steps
        for v in s.verdicts
        if v.status in {"mismatch", "unexplained"}
    ]
    assert not bad, "\n".join(bad)

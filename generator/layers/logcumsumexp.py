"""y_i = log Σ e^(x_k) over k ≤ i: the logarithm of a running sum of exponentials."""

from __future__ import annotations

import math

import torch

from generator.formula.build import apply, cases, equal, largest, total
from generator.formula.tree import Equation, Expr, Num, Range, Stage
from generator.layers.logsumexp import SHIFT
from generator.layers.registry import Call, Example, Formula, examples, explains
from generator.layers.running import Running, running


@explains(
    "torch.logcumsumexp",
    "torch.Tensor.logcumsumexp",
    arguments="input, dim",
    title="Logarithm of a cumulative sum of exponentials",
    search=("logcumsumexp", "running log-sum-exp", "scan"),
)
def logcumsumexp(call: Call) -> Formula:
    """The logarithm of the sum of the exponentials up to each element along the axis `dim`."""
    run = running(call)
    several = run.axes and call.shape()[run.place] != 1
    body, stages = _forward(run) if several else (run.value(), ())
    return run.formula(
        "the logarithm of the sum of the exponentials of all values",
        run.forward(body, stages=stages),
        _gradients(run, body, stages) if several else _alone(run),
        result="value",
        notes=(SHIFT,) if several else (),
    )


def _forward(run: Running) -> tuple[Expr, tuple[Stage, ...]]:
    """m_i + log Σ e^(x_k - m_i); on a CPU torch adds up in float64."""
    highest = largest(run.before, run.value(run.other))
    first, top = run.stage("maximum", "M", "largest element so far", highest)
    finite = cases((equal(abs(top[run.at]), Num(math.inf)), 0), otherwise=top[run.at])
    second, m = run.stage("shift", "m", "largest element so far, where it is finite", finite)
    powers = total(run.before, apply("exp", run.value(run.other) - m[run.at]))
    return m[run.at] + apply("log", powers), (first, second)


def _alone(run: Running) -> dict[str, Equation]:
    """g, where there is one element: torch takes its logarithm all the same."""
    x = run.value()
    through_logarithm = apply("exp", apply("log", abs(run.g())) - x + x)
    return run.gradients(run.g(), arithmetic=through_logarithm)


def _gradients(run: Running, body: Expr, stages: tuple[Stage, ...]) -> dict[str, Equation]:
    """Σ g_k e^(x_i - y_k) over k ≥ i; torch adds logarithms up, each sign by itself."""
    again, y = run.stage("result", "y", "the output, computed once more from the input", body)
    k = run.other
    sent = total(run.after, run.g(k) * apply("exp", run.value() - y[run.moved(k)]))
    positive = _part(run, run.after, run.g(k), y[run.moved(k)])
    negative = _part(run, run.after, -run.g(k), y[run.moved(k)])
    return run.gradients(sent, stages=(*stages, again), arithmetic=positive - negative)


def _part(run: Running, after: Range, g: Expr, y: Expr) -> Expr:
    """e^(l + x), l = log Σ e^(log g - y), over those g that are positive.

    e^x is within the sum here, so that it does not come to 0 in float64.
    """
    x = run.value()
    powers = total(after, apply("exp", apply("log", g) - y + x), g > 0)
    return apply("exp", apply("log", powers) - x + x)


def _logcumsumexp(shape: tuple[int, ...], dim: int, scale: float = 1.0) -> Example:
    return Example(
        f"logcumsumexp {shape}, {dim}, {scale}",
        lambda: (torch.logcumsumexp, (scale * torch.randn(shape), dim), {}),
    )


examples(
    _logcumsumexp((2, 3, 4), 0),
    _logcumsumexp((2, 3, 4), -2),
    _logcumsumexp((7,), 0),
    _logcumsumexp((), 0),
    _logcumsumexp((3, 1), 1),
    _logcumsumexp((0, 3), 0),
    _logcumsumexp((2, 60), 1),
    _logcumsumexp((2, 20), 1, 30.0),
    _logcumsumexp((2, 60), 1, 1e-4),
    Example("method", lambda: (torch.Tensor.logcumsumexp, (torch.randn(3, 9), 1), {})),
    Example("of float16", lambda: (torch.logcumsumexp, (torch.randn(3, 9).half(), 1), {})),
)

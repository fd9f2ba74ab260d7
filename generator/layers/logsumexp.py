"""y = m + log Σ e^(x - m), m the maximum, over some axes or over all."""

from __future__ import annotations

import math

import torch

from generator.formula.build import apply, cases, equal
from generator.formula.tree import Num
from generator.layers.extremes import extreme
from generator.layers.over_axes import reduced
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

SHIFT = Note(
    "Why the maximum is subtracted",
    r"\(m\) is added again, so that the result is the same without it; but \(e^{x}\) overflows in "
    "float32 from 88.8 on, and with the maximum taken off no exponent is positive. An infinite "
    "maximum stays where it is.",
)


@explains(
    "torch.logsumexp",
    "torch.Tensor.logsumexp",
    "torch.special.logsumexp",
    arguments="input, dim, keepdim=False",
    title="Logarithm of a sum of exponentials",
    search=("logsumexp", "log-sum-exp", "softmax normaliser", "smooth maximum"),
)
def logsumexp(call: Call) -> Formula:
    """The logarithm of the sum of the exponentials over the axes `dim`."""
    over = reduced(call)
    if over.count == 0:
        message = f"logsumexp {over.over}: the logarithm of a sum of no values is not explained"
        raise Refused(message)
    highest, top = over.stage("maximum", "M", "largest element", extreme(over, "max"))
    finite = cases((equal(abs(top), Num(math.inf)), 0), otherwise=top)
    shift, m = over.stage("shift", "m", "largest element, where it is finite", finite)
    body = m + apply("log", over.sum_of(apply("exp", over.value - m)))
    again, y = over.stage("result", "y", "the output, computed once more from the input", body)
    return Formula(
        summary=f"{over.each} is the logarithm of the sum of the exponentials of {over.values}, "
        f"{over.over}.",
        forward=over.forward(body, stages=(highest, shift)),
        gradients=over.gradients(
            over.g * apply("exp", over.value - y), stages=(highest, shift, again)
        ),
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=(SHIFT,),
    )


def _logsumexp(shape: tuple[int, ...], *args: object, scale: float = 1.0) -> Example:
    return Example(
        f"logsumexp {shape}, {args}, {scale}",
        lambda: (torch.logsumexp, (scale * torch.randn(shape), *args), {}),
    )


examples(
    _logsumexp((2, 3, 4), (0, 1)),
    _logsumexp((2, 3, 4), -1, True),
    _logsumexp((2, 3, 4), (0, 1, 2)),
    _logsumexp((5,), 0),
    _logsumexp((), 0),
    _logsumexp((3, 1), 1),
    _logsumexp((3, 400), 1),
    _logsumexp((4, 30), 1, scale=1000.0),
    _logsumexp((4, 30), 1, scale=1e-4),
    Example("special", lambda: (torch.special.logsumexp, (torch.randn(3, 4), 1), {})),
    Example("method", lambda: (torch.Tensor.logsumexp, (torch.randn(3, 4), 1), {})),
    Example("of int64", lambda: (torch.logsumexp, (torch.randint(9, (3, 4)), 1), {})),
    Example("of bfloat16", lambda: (torch.logsumexp, (torch.randn(3, 40).bfloat16(), 1), {})),
)

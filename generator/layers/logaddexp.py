"""y = log(e^x + e^z): the sum of two numbers of which the logarithms are given."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal, larger
from generator.layers.dtypes import spelled
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_SAFE = Note(
    "Nothing overflows",
    r"It equals \(\log(e^x + e^z)\), with the larger operand taken out of the logarithm.",
)


@explains(
    "torch.logaddexp",
    "torch.Tensor.logaddexp",
    arguments="input, other",
    title="Logarithm of added exponentials",
    search=("log-sum-exp", "logsumexp of two", "torch.logaddexp"),
)
def logaddexp(call: Call) -> Formula:
    """Written so that nothing overflows."""
    if call.output.dtype == "float16":
        # what torch divides by for the gradients overflows
        raise Refused(f"{spelled(call)} in float16 is not explained")
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    apart = larger(x, z) + apply("log1p", apply("exp", -abs(x - z)))
    return Formula(
        summary="Each element is the logarithm of the sum of both operands' exponentials.",
        forward=both.forward(cases((equal(x, z), (x + z) / 2 + apply("log", 2)), otherwise=apart)),
        gradients=both.gradients(
            {"input": g * apply("sigmoid", x - z), "other": g * apply("sigmoid", z - x)}
        ),
        settings=both.settings,
        axes=both.named,
        notes=(
            _SAFE,
            *both.notes(),
        ),
    )


examples(
    *pairs_of(torch.logaddexp, lambda shape: 3 * torch.randn(shape)),
    Example(
        "far",
        lambda: (torch.logaddexp, (torch.tensor([800.0, -800, 5]), torch.tensor([1.0, 3, 5])), {}),
    ),
)

"""y = log2(2^x + 2^z): the sum of two numbers of which the logarithms to base 2 are given."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal, larger
from generator.formula.tree import Num
from generator.layers.dtypes import spelled
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, Refused, examples, explains


@explains(
    "torch.logaddexp2",
    "torch.Tensor.logaddexp2",
    arguments="input, other",
    title="Logarithm of added powers of two",
    search=("log-sum-exp", "torch.logaddexp2"),
)
def logaddexp2(call: Call) -> Formula:
    """Written so that nothing overflows."""
    if call.output.dtype == "float16":
        # what torch divides by for the gradients overflows
        raise Refused(f"{spelled(call)} in float16 is not explained")
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    apart = larger(x, z) + apply("log2", 1 + Num(2) ** -abs(x - z))
    return Formula(
        summary="Each element is the logarithm to base 2 of the sum of both operands' powers "
        "of two.",
        forward=both.forward(cases((equal(x, z), (x + z) / 2 + 1), otherwise=apart)),
        gradients=both.gradients(
            {"input": g / (1 + Num(2) ** (z - x)), "other": g / (1 + Num(2) ** (x - z))}
        ),
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(),),
    )


examples(
    *pairs_of(torch.logaddexp2, lambda shape: 3 * torch.randn(shape), (torch.float64,)),
)

"""y = x 2^z: a number scaled by a power of two."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Num
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.ldexp",
    "torch.Tensor.ldexp",
    "torch.Tensor.ldexp_",
    arguments="input, other",
    title="Scaling by a power of two",
    search=("exponent", "mantissa", "torch.ldexp"),
)
def ldexp(call: Call) -> Formula:
    """The product with the power of two."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    return Formula(
        summary=f"Each element is {both.says('input')} times 2 to the power of "
        f"{both.says('other')}.",
        forward=both.forward(x * Num(2) ** z),
        gradients=both.gradients(
            {"input": g * Num(2) ** z, "other": g * x * Num(2) ** z * apply("log", 2)}
        ),
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(),),
    )


examples(
    *pairs_of(torch.ldexp),
    Example("whole powers", lambda: (torch.ldexp, (torch.randn(5), torch.arange(5)), {})),
)

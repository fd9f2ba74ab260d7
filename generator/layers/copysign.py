"""y = |x| with the sign of z."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Num
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.copysign",
    "torch.Tensor.copysign",
    "torch.Tensor.copysign_",
    arguments="input, other",
    title="Copied sign",
    search=("sign", "magnitude", "torch.copysign"),
)
def copysign(call: Call) -> Formula:
    """The size of one operand with the sign of the other, of its zero too."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    side = 1 - 2 * apply("signbit", z)
    return Formula(
        summary=f"Each element has the size of {both.says('input')} and the sign of "
        f"{both.says('other')}.",
        forward=both.forward(abs(x) * side),
        gradients=both.gradients({"input": g * apply("sign", x) * side, "other": Num(0)}),
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(),),
    )


examples(
    *pairs_of(torch.copysign),
    Example("a number", lambda: (torch.copysign, (torch.randn(3), -0.0), {})),
    Example("zeros", lambda: (torch.copysign, (torch.randn(2), torch.tensor([0.0, -0.0])), {})),
    Example("whole", lambda: (torch.copysign, (torch.arange(-3, 3), -2), {})),
)

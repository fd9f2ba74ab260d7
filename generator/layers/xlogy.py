"""y = x log z, and 0 where x is 0."""

from __future__ import annotations

import math

import torch

from generator.formula.build import apply, cases, equal, every
from generator.formula.tree import Either
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_ZERO = Note(
    "Zero times minus infinity is zero here",
    "Where the factor is 0 the result is 0 for every second operand but NaN, as a factor "
    "times its own logarithm goes to 0 with the factor.",
)


@explains(
    "torch.xlogy",
    "torch.Tensor.xlogy",
    "torch.Tensor.xlogy_",
    "torch.special.xlogy",
    arguments="input, other",
    title="x times log z",
    search=("cross entropy", "x log y", "torch.xlogy"),
)
def xlogy(call: Call) -> Formula:
    """The product, which is 0 where x is, even at z = 0."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    # NaN stays what it is, and a finite logarithm needs no rule
    settled = every(equal(x, 0), Either((z <= 0, equal(z, math.inf))))
    return Formula(
        summary=f"Each element is {both.says('input')} times the logarithm of "
        f"{both.says('other')}.",
        forward=both.forward(cases((settled, 0), otherwise=x * apply("log", z))),
        gradients=both.gradients(
            {
                "input": cases((every(equal(x, 0), z <= 0), 0), otherwise=g * apply("log", z)),
                "other": g * x / z,
            }
        ),
        settings=both.settings,
        axes=both.named,
        notes=(
            _ZERO,
            *both.notes(),
        ),
    )


examples(
    *pairs_of(torch.xlogy, lambda shape: torch.rand(shape) + 0.1),
    Example("zeros", lambda: (torch.xlogy, (torch.zeros(3), torch.tensor([0.5, 1.0, 3.0])), {})),
    Example("a number", lambda: (torch.xlogy, (torch.rand(3), 0.3), {})),
    Example("number first", lambda: (torch.xlogy, (0.3, torch.rand(3) + 0.1), {})),
)

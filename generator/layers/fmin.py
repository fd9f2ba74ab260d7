"""y = min(x, z): the smaller of two operands, and of a number and NaN the number."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, cases, smaller, unequal
from generator.formula.tree import Either, Not
from generator.layers.pair_examples import comparable_pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, Note, examples, explains

_NAN = Note(
    "NaN gives way",
    r"Of NaN and a number the number is taken; NaN is what differs from itself, \(z \ne z\). Where "
    "both operands are equal, the first one gets the whole gradient.",
)


@explains(
    "torch.fmin",
    "torch.Tensor.fmin",
    arguments="input, other",
    title="Minimum of two numbers",
    search=("min", "ignoring NaN", "torch.fmin"),
)
def fmin(call: Call) -> Formula:
    """The smaller of both; NaN only where both are."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    first = Either((x <= z, unequal(z, z)))
    chosen = smaller(x, z) if call.output.integer else cases((first, x), otherwise=z)
    return Formula(
        summary=f"Each element is the smaller of {both.says('input')} and {both.says('other')}.",
        forward=both.forward(chosen),
        gradients=both.gradients({"input": bracket(first) * g, "other": bracket(Not(first)) * g}),
        settings=both.settings,
        axes=both.named,
        notes=(*(() if call.output.integer else (_NAN,)), *both.notes()),
        result="minimum",
    )


examples(*comparable_pairs_of(torch.fmin))

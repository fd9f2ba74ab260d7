"""y = max(x, z): the larger of two operands, and of a number and NaN the number."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, cases, larger, unequal
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
    "torch.fmax",
    "torch.Tensor.fmax",
    arguments="input, other",
    title="Maximum of two numbers",
    search=("max", "ignoring NaN", "torch.fmax"),
)
def fmax(call: Call) -> Formula:
    """The larger of both; NaN only where both are."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    first = Either((x >= z, unequal(z, z)))
    chosen = larger(x, z) if call.output.integer else cases((first, x), otherwise=z)
    return Formula(
        summary=f"Each element is the larger of {both.says('input')} and {both.says('other')}.",
        forward=both.forward(chosen),
        gradients=both.gradients({"input": bracket(first) * g, "other": bracket(Not(first)) * g}),
        settings=both.settings,
        axes=both.named,
        notes=(*(() if call.output.integer else (_NAN,)), *both.notes()),
        result="maximum",
    )


examples(*comparable_pairs_of(torch.fmax))

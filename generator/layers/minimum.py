"""y = min(x, z): the smaller of two operands, element by element."""

from __future__ import annotations

import torch

from generator.formula.build import cases, equal, smaller
from generator.layers.pair_examples import comparable_pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_TIE = Note(
    "Equal operands share the gradient",
    "Where both operands are equal, each gets half of the gradient. NaN beats every number.",
)


@explains(
    "torch.minimum",
    "torch.Tensor.minimum",
    arguments="input, other",
    title="Minimum of two",
    search=("min", "elementwise minimum", "torch.minimum"),
)
def minimum(call: Call) -> Formula:
    """The smaller of both; where they are equal, their mean, which shares the gradient."""
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    shared = cases((x < z, x), (x > z, z), otherwise=(x + z) / 2)
    return Formula(
        summary=f"Each element is the smaller of {both.says('input')} and {both.says('other')}.",
        forward=both.forward(smaller(x, z) if call.output.integer else shared),
        gradients=both.gradients(
            {
                # of NaN, for which no comparison holds, torch sends all to both
                "input": cases((x > z, 0), (equal(x, z), g / 2), otherwise=g),
                "other": cases((x < z, 0), (equal(x, z), g / 2), otherwise=g),
            }
        ),
        settings=both.settings,
        axes=both.named,
        notes=(*(() if call.output.integer else (_TIE,)), *both.notes()),
        result="minimum",
    )


def _far() -> tuple[torch.Tensor, torch.Tensor]:
    infinite = torch.tensor([torch.inf, -torch.inf, torch.inf])
    return infinite, torch.tensor([torch.inf, -torch.inf, 0.0])


examples(
    *comparable_pairs_of(torch.minimum),
    Example("infinities", lambda: (torch.Tensor.minimum, _far(), {})),
    Example("promoted", lambda: (torch.minimum, (torch.arange(4), torch.randn(4)), {})),
    Example("finer", lambda: (torch.minimum, (torch.randn(4).half(), torch.randn(4)), {})),
)

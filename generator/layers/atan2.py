"""y = the angle of the point (z, x), between -π and π."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal, every
from generator.layers.numbers import PI, WITH_PI
from generator.layers.pair_examples import pairs_of
from generator.layers.pairs import pair
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_ORDER = Note(
    "The height comes first",
    "The first operand is the sine's side, the second the cosine's. On the negative axis the "
    "angle jumps from π to -π, by the sign of the zero.",
)


@explains(
    "torch.atan2",
    "torch.Tensor.atan2",
    "torch.Tensor.atan2_",
    "torch.arctan2",
    "torch.Tensor.arctan2",
    "torch.Tensor.arctan2_",
    arguments="input, other",
    title="Two-argument arctangent",
    search=("angle", "arctan2", "polar coordinates", "torch.atan2"),
)
def atan2(call: Call) -> Formula:
    """The angle in its quadrant; a zero's sign decides the side of the cut.

    Of two infinities torch takes the diagonal's angle, which the formula does not.
    """
    both = pair(call)
    x, z, g = both.x, both.z, both.g
    side = 1 - 2 * apply("signbit", x)
    square, nowhere = x * x + z * z, every(equal(x, 0), equal(z, 0))
    return Formula(
        summary=f"Each element is the angle of a point: {both.says('input')} its height, "
        f"{both.says('other')} its width.",
        forward=both.forward(
            cases(
                (z < 0, apply("arctan", x / z) + side * PI),
                (nowhere, apply("signbit", z) * side * PI),
                # a zero without its sign: the angle is upright there
                otherwise=apply("arctan", x / abs(z)),
            )
        ),
        gradients=both.gradients(
            {
                "input": cases((nowhere, 0), otherwise=g * z / square),
                "other": cases((nowhere, 0), otherwise=-(g * x / square)),
            }
        ),
        settings={**both.settings, **WITH_PI},
        axes=both.named,
        notes=(
            _ORDER,
            *both.notes(),
        ),
    )


examples(
    *pairs_of(torch.atan2, lambda shape: torch.randn(shape) + 0.01),
    Example(
        "the axes",
        lambda: (torch.atan2, (torch.tensor([1.0, -1.0]), torch.tensor([-2.0, 3.0])), {}),
    ),
)

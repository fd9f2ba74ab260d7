"""y = the angle of the point (z, x), between -π and π."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal, every
from generator.layers.numbers import PI, WITH_PI
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


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"atan2 {shapes} of {dtype}",
        lambda: (torch.atan2, tuple((torch.randn(s) + 0.01).to(dtype) for s in shapes), {}),
    )


examples(
    _of((2, 3), (2, 3)),
    _of((2, 3, 4), (3, 1)),
    _of((), (2, 3)),
    _of((), ()),
    _of((0, 3), (3,)),
    _of((40, 30), (30,)),
    _of((4, 5), (5,), dtype=torch.float64),
    _of((4, 5), (5,), dtype=torch.bfloat16),
    Example(
        "the axes",
        lambda: (torch.atan2, (torch.tensor([1.0, -1.0]), torch.tensor([-2.0, 3.0])), {}),
    ),
)

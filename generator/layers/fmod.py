"""y = x - z trunc(x / z): what a division towards zero leaves, with the sign of x."""

from __future__ import annotations

import torch

from generator.layers.quotients import divided, left_towards_zero, quotients, truncated
from generator.layers.registry import Call, Formula, Note, examples, explains

_SIGN = Note(
    "The sign is that of what is divided",
    "As C's `%`, unlike Python's: -1 leaves -1 by 3. `remainder` has the sign of the divisor.",
)


@explains(
    "torch.fmod",
    "torch.Tensor.fmod",
    "torch.Tensor.fmod_",
    arguments="input, other",
    title="Remainder towards zero",
    search=("modulo", "C remainder", "torch.fmod"),
)
def fmod(call: Call) -> Formula:
    """The remainder of the first operand by the second one."""
    both = divided(call, ("float32",))
    x, z, g = both.x, both.z, both.g
    return Formula(
        summary=f"Each element is what {both.says('input')} leaves when divided by "
        f"{both.says('other')} towards zero.",
        forward=both.forward(left_towards_zero(x, z, whole=call.output.integer)),
        gradients=both.gradients({"input": g, "other": -(g * truncated(x, z, whole=False))}),
        settings=both.settings,
        axes=both.named,
        notes=(_SIGN, *both.notes()),
        result="remainder",
    )


examples(
    *quotients(torch.fmod),
)

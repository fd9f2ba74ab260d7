"""y = x 2^z: a number scaled by a power of two."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Num
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


def _of(*shapes: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"ldexp {shapes} of {dtype}",
        lambda: (torch.ldexp, tuple(torch.randn(s).to(dtype) for s in shapes), {}),
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
    Example("whole powers", lambda: (torch.ldexp, (torch.randn(5), torch.arange(5)), {})),
)

"""y = round(x): each element to the nearest whole number, or to so many decimals; ties to even."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.formula.tree import Div, Expr, Num, Sym
from generator.layers.dtypes import spelled
from generator.layers.elementwise import Elementwise
from generator.layers.pairs import in_place
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.samples import each

_SCALE = Sym("p", "p", "ten to the power of the decimals", integer=False)
_MOST = 10
"""Decimals of which float32 still holds the power of ten."""
_TIES = Note(
    "Halves go to the even neighbour",
    "0.5 becomes 0, 1.5 and 2.5 become 2. The function is flat between: its gradient is 0.",
)


@explains(
    "torch.round",
    "torch.round_",
    "torch.Tensor.round",
    "torch.Tensor.round_",
    "torch.special.round",
    arguments="input, decimals=0",
    title="Rounding",
    search=("nearest", "decimals", "banker's rounding", "torch.round"),
)
def round_(call: Call) -> Formula:
    """To whole numbers, or scaled by a power of ten before and after."""
    decimals = call.options["decimals"]
    if not isinstance(decimals, int) or abs(decimals) > _MOST:
        raise Refused(
            f"{spelled(call)}(decimals={decimals!r}): this configuration is not explained"
        )
    element = Elementwise.of(call)
    x = element.value
    if call.output.integer:
        return element.formula(
            "Whole numbers stay what they are.", element.forward(x), None, notes=in_place(call)
        )
    where = f"{decimals} decimals" if decimals > 0 else f"multiples of {10**-decimals}"
    return element.formula(
        f"Each element is rounded to {where if decimals else 'the nearest whole number'}.",
        element.forward(_rounded(x, call.output.dtype, decimals)),
        element.gradient(Num(0)),
        notes=(_TIES, *in_place(call)),
        settings={"p": 10 ** abs(decimals)},
    )


def _rounded(x: Expr, dtype: str, decimals: int) -> Expr:
    if decimals == 0:
        return apply("round", x)
    scaled = x * _SCALE if decimals > 0 else Div(x, _SCALE)
    if dtype != "float64":
        # the product itself is rounded before; half types are computed in float32
        scaled = apply("float32", scaled)
    whole = apply("round", scaled)
    return Div(whole, _SCALE) if decimals > 0 else whole * _SCALE


def _decimals(count: int, dtype: torch.dtype) -> Example:
    return Example(
        f"{count} decimals of {dtype}",
        lambda: (torch.round, ((10 * torch.randn(50)).to(dtype),), {"decimals": count}),
    )


examples(
    *each(torch.round, 0.5, 1.5, 2.5, -0.5, 1e10, whole=(torch.int64, torch.uint8)),
    *(
        _decimals(count, dtype)
        for count in (2, -1)
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16)
    ),
    Example("a tie", lambda: (torch.round, (torch.tensor([2.675, 0.125]),), {"decimals": 2})),
)

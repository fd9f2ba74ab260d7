"""Two whole numbers bit by bit, in two's complement: y = Σ 2^k [b_k] - 2^(B-1) [b_(B-1)].

Bit k of x is ⌊x / 2^k⌋ mod 2; that of the sign says whether x is negative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from generator.formula.build import bracket, equal, product, total
from generator.formula.tree import Cond, Expr, FloorDiv, Mod, Num, Stage, Sym, Tensor, Var
from generator.layers.dtypes import spelled
from generator.layers.pairs import pair
from generator.layers.registry import Call, Formula, Refused

_WITHOUT_SIGN = {"uint8": 8, "int8": 7, "int16": 15, "int32": 31, "int64": 63}
_COUNT = Sym("B", "B", "number of bits, without the sign's")
_BIT, _BELOW = Var("k"), Var("m")
_WORTH = Tensor(
    "worth",
    r"\omega",
    (_COUNT,),
    "what a bit counts, two to the power of its place",
    "stage",
    integer=True,
)

Both = Callable[[Cond, Cond], Cond]


def bit_by_bit(call: Call, combined: Both, summary: str) -> Formula:
    """The number whose bits are those of both operands, combined."""
    dtype = call.output.dtype
    if dtype not in _WITHOUT_SIGN:
        raise Refused(f"{spelled(call)} of the bits of {dtype} is not explained")
    both = pair(call)
    worth = _WORTH[_BIT]
    body: Expr = total(_BIT.over(_COUNT), worth * bracket(combined(_set(both.x), _set(both.z))))
    if dtype != "uint8":
        sign = bracket(combined(both.x < 0, both.z < 0))
        body = body - sign * 2 * _WORTH[_COUNT - 1]
    stage = Stage(_WORTH, (_BIT,), product(_BELOW.over(_BIT), Num(2)))
    return Formula(
        summary=summary,
        forward=replace(both.forward(body), stages=(stage,)),
        gradients={},
        settings={**both.settings, "B": _WITHOUT_SIGN[dtype]},
        axes=both.named,
        notes=both.notes(),
        indices={"k": "bit, from the lowest", "m": "bit below it"},
    )


def _set(value: Expr) -> Cond:
    return equal(Mod(FloorDiv(value, _WORTH[_BIT]), Num(2)), 1)

"""What the functions that give truth values share: their formula, and examples."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import bracket
from generator.formula.tree import Cond, Expr
from generator.layers.choices import compared, rounded_first
from generator.layers.pair_examples import comparable_pairs_of
from generator.layers.pairs import Pair
from generator.layers.registry import Call, Example, Formula, Note

Function = Callable[..., object]


def truth(both: Pair, summary: str, condition: Cond, *notes: Note) -> Formula:
    """Whether the condition holds of two operands, at each element."""
    return Formula(
        summary=summary,
        forward=both.forward(bracket(condition)),
        gradients={},
        settings=both.settings,
        axes=both.named,
        notes=(*both.notes(), *notes),
        result="truth value",
    )


def comparison(call: Call, says: str, compare: Callable[[Expr, Expr], Cond]) -> Formula:
    """The comparison of two operands; `says` is its verb, `is less than`."""
    both, x, z = compared(call)
    summary = f"The result is true where {both.says('input')} {says} {both.says('other')}."
    return truth(both, summary, compare(x, z), *rounded_first(call))


def comparisons_of(function: Function, method: Function) -> tuple[Example, ...]:
    """Examples of a comparison: what is rounded, wrapped or no number, and a method."""
    return (
        *comparable_pairs_of(function),
        Example("with a number", lambda: (method, (torch.randn(2, 3), 0.1), {})),
        Example("with 0.1 itself", lambda: (function, (torch.tensor([0.1, 0.2]), 0.1), {})),
        Example("numbers of halves", lambda: (function, (torch.tensor([0.1]).half(), 0.1), {})),
        Example("whole and not", lambda: (function, (torch.arange(5), 2.5), {})),
        Example("rounded", lambda: (function, (torch.tensor([2**24 + 1]), 2.0**24), {})),
        Example("wrapped", lambda: (function, (torch.arange(5).byte(), 259), {})),
        Example("truth", lambda: (function, (torch.tensor([True, False]), 1), {})),
        Example("no number", lambda: (function, (torch.tensor([torch.nan, 1.0]), torch.nan), {})),
    )


def logical_of(function: Function) -> tuple[Example, ...]:
    """Examples of a logical function, of numbers and of truth values."""

    def truths() -> tuple[torch.Tensor, torch.Tensor]:
        return torch.tensor([[True], [False]]), torch.tensor([True, False])

    zeros = torch.tensor([0.0, torch.nan])
    return (
        *comparable_pairs_of(function),
        Example("truth values", lambda: (function, truths(), {})),
        Example("zeros", lambda: (function, (zeros, torch.ones(2)), {})),
    )


def bitwise_of(function: Function, method: Function, sign: str) -> tuple[Example, ...]:
    """Examples of a bitwise function: masks, whole numbers of each type, and its operator."""

    def masks(*shapes: tuple[int, ...]) -> Example:
        return Example(
            f"{shapes}", lambda: (function, tuple(torch.rand(s) > 0.5 for s in shapes), {})
        )

    def whole(dtype: torch.dtype) -> Example:
        ends = torch.tensor([100, 127, -128, 77])
        values = torch.cat([torch.arange(-20, 20) * 7 % 19 - 9, ends]).to(dtype)
        return Example(f"{dtype}", lambda: (function, (values[:, None], values[30:]), {}))

    far = torch.tensor([-(2**63), 2**63 - 1, 2**62, -1, 0, -(2**62) - 1])
    mask = torch.tensor([True, False, True])
    return (
        masks((2, 3), (2, 3)),
        masks((2, 3, 4), (3, 1)),
        masks((), (2, 3)),
        masks((), ()),
        masks((0, 2), (2,)),
        Example(sign, lambda: (method, (mask, mask), {})),
        Example("a number", lambda: (method, (mask, True), {})),
        *map(whole, (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)),
        Example("far", lambda: (function, (far, far.flip(0)), {})),
        Example(f"{sign} a number", lambda: (method, (torch.arange(-9, 9), 6), {})),
        Example("bytes and a mask", lambda: (function, (torch.arange(9).byte(), mask[0]), {})),
    )


def over_axes_of(function: Function, method: Function, numbers: int) -> tuple[Example, ...]:
    """Examples of a truth value over some axes, of whole numbers below `numbers` and others."""

    def of(shape: tuple[int, ...], *args: object, **options: object) -> Example:
        return Example(
            f"{function.__name__} {shape}, {args}, {options}",
            lambda: (function, (torch.randint(0, numbers, shape), *args), options),
        )

    nan = torch.tensor([[torch.nan, 0.0], [0.0, 1.0]])
    return (
        of((2, 3, 4), (0, 2)),
        of((2, 3, 4), -1, True),
        of((2, 3, 4)),
        of((5,), 0),
        of(()),
        of((3, 1), 1),
        of((2, 0), 1),
        of((0, 3), 0),
        of((3, 400), 1),
        Example("of bool", lambda: (method, (torch.rand(9, 4) > 0.3, 1), {})),
        Example("of uint8", lambda: (function, (torch.randint(0, 2, (9, 3)).byte(), 1), {})),
        Example("of floats", lambda: (function, (torch.randn(3, 4).relu(), 0), {})),
        Example("of NaN", lambda: (function, (nan, 1), {})),
        Example("of float16", lambda: (function, (torch.randn(3, 4).relu().half(), 1), {})),
    )

"""y[i, j] = Σ_k x[i, k] z[k, j], where i, j and k stand for several axes each."""

from __future__ import annotations

import torch

from generator.layers.axes import Axis
from generator.layers.contraction import Contraction
from generator.layers.dtypes import spelled
from generator.layers.factors import axis, factors
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


@explains(
    "torch.tensordot",
    arguments="a, b, dims=2",
    title="Tensor contraction",
    search=("tensordot", "contraction"),
    complex_=True,
)
def tensordot(call: Call) -> Formula:
    """The products summed over pairs of axes; the other axes stay, the first operand's first."""
    left, right = len(call.shape("a")), len(call.shape("b"))
    gone, also = _pairs(call, left, right)
    inner = _axes(len(gone), "k", "inner")
    rows = _axes(left - len(gone), "i", "row")
    columns = _axes(right - len(also), "j", "column")
    contraction = Contraction(
        call,
        factors(
            ("a", _placed(left, gone, inner, rows)), ("b", _placed(right, also, inner, columns))
        ),
        (*rows, *columns),
    )
    return Formula(
        summary=_summary(contraction, gone, also),
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        multiply_adds=contraction.multiply_adds,
        notes=contraction.notes(),
        indices=contraction.counts,
    )


def _pairs(call: Call, left: int, right: int) -> tuple[list[int], list[int]]:
    """The axes of the one and of the other that run together."""
    given = call.options.get("dims")
    if isinstance(given, int):
        return list(range(left - given, left)), list(range(given))
    if isinstance(given, list | tuple) and len(given) == 2:
        first, second = (list(d) if isinstance(d, list | tuple) else [d] for d in given)
        if len(first) == len(second) and all(isinstance(d, int) for d in (*first, *second)):
            return [d % left for d in first], [d % right for d in second]
    raise Refused(f"{spelled(call)}(dims={given!r}): these axes are not explained")


def _placed(
    rank: int, gone: list[int], inner: tuple[Axis, ...], others: tuple[Axis, ...]
) -> tuple[Axis, ...]:
    rest = iter(others)
    return tuple(inner[gone.index(k)] if k in gone else next(rest) for k in range(rank))


def _axes(count: int, letter: str, what: str) -> tuple[Axis, ...]:
    if count == 1:
        return (axis(what, letter),)
    return tuple(
        axis(f"{what} {k}", f"{letter}_{k}", f"{letter.upper()}_{k}") for k in range(count)
    )


def _summary(contraction: Contraction, gone: list[int], also: list[int]) -> str:
    if not gone:
        return "Each element is the product of one element of each operand."
    which = "axis" if len(gone) == 1 else "axes"
    first, second = (" and ".join(map(str, d)) for d in (gone, also))
    count = contraction.terms()
    pairs = f"{which} {first} of the first operand with {which} {second} of the second"
    what = "one product" if count == 1 else f"a sum of {count} products"
    return f"Each element is {what}: {pairs}."


def _of(
    first: tuple[int, ...],
    second: tuple[int, ...],
    dims: object,
    dtype: torch.dtype = torch.float32,
) -> Example:
    def run() -> tuple[object, tuple[object, ...], dict[str, object]]:
        operands = torch.randn(first, dtype=dtype), torch.randn(second, dtype=dtype)
        return torch.tensordot, operands, {"dims": dims}

    return Example(f"{first}, {second}, dims {dims}, {dtype}", run)  # type: ignore[arg-type]


examples(
    _of((2, 3), (3, 4), 1),
    _of((2, 3, 4), (3, 4, 5), 2),
    _of((2, 3), (4,), 0),
    _of((2, 3, 4), (4, 2), ([2, 0], [0, 1])),
    _of((2, 3, 4), (5, 3), ([-2], [1])),
    _of((2, 3), (2, 3), ([0, 1], [0, 1])),
    _of((1, 3), (4, 2), ([0], [0])),
    _of((2, 3), (3, 4), 1, torch.complex64),
    _of((3, 20, 30), (20, 30, 2), 2),
)

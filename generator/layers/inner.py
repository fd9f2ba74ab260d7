"""y[i, j] = Σ_k x[i, k] z[j, k]: dot products along the last axes, conjugated where torch says."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.axes import Axis
from generator.layers.contraction import Contraction
from generator.layers.dims import whole
from generator.layers.factors import INNER, axis, factors, leading
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_CONJUGATED = Note(
    "The first operand is conjugated",
    "Of complex numbers the conjugates of the first operand are multiplied, so that the product of "
    "a vector with itself is its squared length.",
)


@explains(
    "torch.inner",
    "torch.Tensor.inner",
    arguments="input, other",
    title="Inner product",
    search=("dot product", "scalar product"),
    complex_=True,
)
def inner(call: Call) -> Formula:
    """Each vector along the last axis of one with each of the other; a scalar multiplies all."""
    left, right = len(call.shape()), len(call.shape("other"))
    if left and right:
        rows, columns = _axes(left - 1, "i", "row"), _axes(right - 1, "j", "column")
        last: tuple[Axis, ...] = (INNER,)
    else:
        rows, columns, last = _axes(left, "i", "row"), _axes(right, "j", "column"), ()
    return _formula(
        Contraction(
            call,
            factors(("input", (*rows, *last)), ("other", (*columns, *last))),
            (*rows, *columns),
        )
    )


@explains(
    "torch.vdot",
    "torch.Tensor.vdot",
    arguments="input, other",
    title="Dot product, conjugated",
    search=("vdot", "scalar product", "inner product"),
    complex_=True,
)
def vdot(call: Call) -> Formula:
    """The dot product of two vectors, the first conjugated."""
    both = factors(("input", (INNER,)), ("other", (INNER,)))
    return _formula(Contraction(call, both, (), conjugated=frozenset({"input"})))


@explains(
    "torch.linalg.vecdot",
    arguments="x, y, dim=-1",
    title="Dot product along an axis",
    search=("vecdot", "scalar product", "inner product"),
    complex_=True,
)
def vecdot(call: Call) -> Formula:
    """The dot product along one axis, the other axes repeated where they are 1 or absent."""
    first, second = ("x", "y") if "x" in call.tensors else ("input", "y")
    left, right = len(call.shape(first)), len(call.shape(second))
    rank = max(left, right)
    lead = leading(rank - 1)
    place = whole(call, "dim") % rank
    every = (*lead[:place], INNER, *lead[place:])
    return _formula(
        Contraction(
            call,
            factors((first, every[rank - left :]), (second, every[rank - right :])),
            lead,
            conjugated=frozenset({first}),
        )
    )


def _axes(count: int, letter: str, what: str) -> tuple[Axis, ...]:
    if count == 1:
        return (axis(what, letter, meaning=f"number of {what}s"),)
    return tuple(
        axis(f"{what} axis {k}", f"{letter}_{k}", f"{letter.upper()}_{k}") for k in range(count)
    )


def _formula(contraction: Contraction) -> Formula:
    conjugated = contraction.complex and bool(contraction.conjugated)
    count = contraction.terms()
    products = f"{count} product" if count == 1 else f"{count} products"
    who = "Each element is the sum" if contraction.output else "The sum"
    alone = not contraction.summed
    return Formula(
        summary="Each element is a product of the two operands, without a sum."
        if alone
        else f"{who} of {products}, of the elements of two vectors side by side.",
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        multiply_adds=contraction.multiply_adds,
        notes=(*((_CONJUGATED,) if conjugated else ()), *contraction.notes()),
        indices=contraction.counts,
    )


def _of(
    function: Callable[..., object],
    *shapes: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    **options: object,
) -> Example:
    return Example(
        f"{function.__name__} {shapes} {dtype} {options}",
        lambda: (function, tuple(torch.randn(s, dtype=dtype) for s in shapes), {**options}),
    )


examples(
    _of(torch.inner, (4,), (4,)),
    _of(torch.inner, (2, 4), (4,)),
    _of(torch.inner, (2, 4), (3, 4)),
    _of(torch.inner, (2, 3, 4), (5, 4)),
    _of(torch.inner, (), (2, 3)),
    _of(torch.inner, (2, 3), ()),
    _of(torch.inner, (2, 0), (3, 0)),
    _of(torch.Tensor.inner, (2, 4), (3, 4), dtype=torch.complex64),
    Example("of whole numbers", lambda: (torch.inner, (torch.arange(4), torch.arange(4)), {})),
    _of(torch.vdot, (4,), (4,)),
    _of(torch.vdot, (4,), (4,), dtype=torch.complex64),
    _of(torch.Tensor.vdot, (300,), (300,), dtype=torch.complex128),
    _of(torch.linalg.vecdot, (2, 3, 4), (2, 3, 4)),
    _of(torch.linalg.vecdot, (2, 3, 4), (3, 1), dim=1),
    _of(torch.linalg.vecdot, (3,), (2, 1, 3), dtype=torch.complex64),
    _of(torch.linalg.vecdot, (2, 3, 4), (2, 3, 4), dim=0, dtype=torch.complex64),
)

"""y[i, j] = β a[i, j] + α Σ_k x[i, k] z[k, j]: a product of matrices or vectors and an addend."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch

from generator.formula.tree import Sym
from generator.layers.axes import Axis
from generator.layers.contraction import Contraction
from generator.layers.dtypes import spelled
from generator.layers.factors import COLUMN, INNER, ROW, Factor, factors, leading
from generator.layers.pairs import in_place, number
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_BETA = Sym("beta", r"\beta", "factor of the addend", integer=False)
_ALPHA = Sym("alpha", r"\alpha", "factor of the product", integer=False)
_SEARCH = ("GEMM", "matrix multiplication", "Conv1D", "affine")
_IGNORED = Note(
    "The addend is not read",
    "With β = 0 torch ignores the addend, even where it is infinite or NaN.",
)


@explains(
    "torch.addmm",
    "torch.Tensor.addmm",
    "torch.Tensor.addmm_",
    arguments="input, mat1, mat2, beta=1, alpha=1",
    title="Matrix product plus addend",
    search=("addmm", *_SEARCH),
    complex_=True,
)
def addmm(call: Call) -> Formula:
    """A matrix product and an addend."""
    return _formula(call, ("mat1", (ROW, INNER)), ("mat2", (INNER, COLUMN)), (ROW, COLUMN))


@explains(
    "torch.addmv",
    "torch.Tensor.addmv",
    "torch.Tensor.addmv_",
    arguments="input, mat, vec, beta=1, alpha=1",
    title="Matrix times vector plus addend",
    search=("addmv", *_SEARCH),
    complex_=True,
)
def addmv(call: Call) -> Formula:
    """A matrix times a vector, and an addend."""
    return _formula(call, ("mat", (ROW, INNER)), ("vec", (INNER,)), (ROW,))


@explains(
    "torch.addr",
    "torch.Tensor.addr",
    "torch.Tensor.addr_",
    arguments="input, vec1, vec2, beta=1, alpha=1",
    title="Outer product plus addend",
    search=("addr", "rank-one update"),
    complex_=True,
)
def addr(call: Call) -> Formula:
    """The outer product of two vectors, and an addend."""
    return _formula(call, ("vec1", (ROW,)), ("vec2", (COLUMN,)), (ROW, COLUMN))


@explains(
    "torch.baddbmm",
    "torch.Tensor.baddbmm",
    "torch.Tensor.baddbmm_",
    arguments="input, batch1, batch2, beta=1, alpha=1",
    title="Batched matrix product plus addend",
    search=("baddbmm", *_SEARCH),
    complex_=True,
)
def baddbmm(call: Call) -> Formula:
    """A batch of matrix products, each with an addend."""
    batch = leading(1)
    return _formula(
        call,
        ("batch1", (*batch, ROW, INNER)),
        ("batch2", (*batch, INNER, COLUMN)),
        (*batch, ROW, COLUMN),
    )


@explains(
    "torch.addbmm",
    "torch.Tensor.addbmm",
    "torch.Tensor.addbmm_",
    arguments="input, batch1, batch2, beta=1, alpha=1",
    title="Sum of matrix products plus addend",
    search=("addbmm", *_SEARCH),
    complex_=True,
)
def addbmm(call: Call) -> Formula:
    """The sum of a batch of matrix products, and an addend."""
    batch = leading(1)
    return _formula(
        call, ("batch1", (*batch, ROW, INNER)), ("batch2", (*batch, INNER, COLUMN)), (ROW, COLUMN)
    )


def _formula(
    call: Call,
    first: tuple[str, tuple[Axis, ...]],
    second: tuple[str, tuple[Axis, ...]],
    output: tuple[Axis, ...],
) -> Formula:
    beta, alpha = _factor(call, "beta"), _factor(call, "alpha")
    contraction = Contraction(call, factors(first, second), output, _ALPHA)
    rank = len(call.shape())
    if rank > len(output):
        raise Refused(f"{spelled(call)}: an addend of shape {call.shape()} is not explained")
    symbol = Factor("input", "a", output[len(output) - rank :], "Addend", "addend")
    addend = contraction.added(symbol, _BETA)
    gradients = contraction.gradients()
    terms = contraction.multiply_adds or prod(call.output.shape)
    return Formula(
        summary=_summary(contraction, beta, alpha),
        forward=contraction.equation(
            lambda total: addend.term + total, (addend.tensor, *contraction.tensors)
        ),
        gradients={"input": addend.gradient, **gradients} if gradients else {},
        settings={**contraction.settings, "beta": beta, "alpha": alpha},
        axes={**contraction.named, "input": _named(contraction, rank)},
        multiply_adds=terms,
        notes=(
            *((_IGNORED,) if beta == 0 else ()),
            *contraction.notes(),
            *in_place(call),
        ),
        indices=contraction.counts,
    )


def _factor(call: Call, option: str) -> float:
    found = number(call, option)
    if call.output.integer and not float(found).is_integer():
        given = f"{spelled(call)}({option}={found})"
        raise Refused(f"{given} of whole numbers: torch cuts the factor off, not explained")
    return int(found) if call.output.integer else found


def _named(contraction: Contraction, rank: int) -> tuple[str, ...]:
    found = contraction.named["output"]
    missing = len(contraction.output) - rank
    return found[missing:]


def _summary(contraction: Contraction, beta: float, alpha: float) -> str:
    count = contraction.terms()
    product = f"the sum of {count} products" if count != 1 else "the product of two elements"
    factor = "" if alpha == 1 else f"{alpha:g} times "
    if beta == 0:
        return f"Each element is {factor}{product}; the addend is not read."
    addend = "the addend" if beta == 1 else f"{beta:g} times the addend"
    return f"Each element is {addend} plus {factor}{product}."


def _of(
    function: Callable[..., object],
    *shapes: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    **options: float,
) -> Example:
    name = f"{getattr(function, '__name__', function)} {shapes} {dtype} {options}"
    return Example(
        name, lambda: (function, tuple(torch.randn(s, dtype=dtype) for s in shapes), {**options})
    )


def _whole() -> tuple[torch.Tensor, ...]:
    return torch.randint(9, (2,)), torch.randint(9, (3, 4)), torch.randint(9, (4, 2))


examples(
    _of(torch.addmm, (5,), (3, 4), (4, 5)),
    _of(torch.addmm, (3, 5), (3, 4), (4, 5), beta=0.5, alpha=-2),
    _of(torch.addmm, (3, 1), (3, 4), (4, 5), beta=0),
    _of(torch.addmm, (), (3, 4), (4, 5), alpha=0.3),
    _of(torch.addmm, (1, 1), (1, 4), (4, 1)),
    _of(torch.addmm, (20,), (8, 768), (768, 20)),
    _of(torch.addmm, (3, 5), (3, 0), (0, 5)),
    _of(torch.Tensor.addmm, (3, 5), (3, 4), (4, 5)),
    _of(torch.addmm, (5,), (3, 40), (40, 5), dtype=torch.bfloat16),
    _of(torch.addmm, (5,), (3, 4), (4, 5), dtype=torch.complex64, alpha=2),
    Example("addmm of whole numbers", lambda: (torch.addmm, _whole(), {"alpha": 2})),
    _of(torch.addmv, (3,), (3, 4), (4,), beta=2),
    _of(torch.addmv, (1,), (3, 4), (4,)),
    _of(torch.addr, (3, 5), (3,), (5,), alpha=0.7),
    _of(torch.addr, (5,), (3,), (5,), beta=0),
    _of(torch.baddbmm, (2, 3, 5), (2, 3, 4), (2, 4, 5)),
    _of(torch.baddbmm, (2, 1, 5), (2, 3, 4), (2, 4, 5), beta=0, alpha=0.125),
    _of(torch.Tensor.baddbmm, (1, 3, 5), (1, 3, 40), (1, 40, 5)),
    _of(torch.addbmm, (3, 5), (2, 3, 4), (2, 4, 5), beta=-1, alpha=3),
    _of(torch.addbmm, (5,), (6, 3, 4), (6, 4, 5)),
)

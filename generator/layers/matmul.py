"""y[i, j] = Σ_k x[i, k] z[k, j]: the matrix product, of vectors and of batches of matrices too."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.axes import Axis
from generator.layers.contraction import Contraction
from generator.layers.factors import COLUMN, INNER, ROW, factors, leading
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_SEARCH = ("matrix multiplication", "product of matrices", "@", "GEMM", "batched")
_VECTORS = Note(
    "An operand of one axis is a vector",
    "`matmul` takes a vector in front for a row and one behind for a column, and leaves the axis "
    "that this adds out of the result.",
)


@explains(
    "torch.matmul",
    "torch.linalg.matmul",
    "torch.Tensor.matmul",
    "torch.Tensor.__matmul__",
    arguments="input, other",
    title="Matrix product",
    search=("matmul", *_SEARCH),
    complex_=True,
)
def matmul(call: Call) -> Formula:
    """The product of operands of any rank, the leading axes repeated where they are 1 or absent."""
    return _product(call, "input", "other")


@explains(
    "torch.Tensor.__rmatmul__",
    arguments="input, other",
    title="Matrix product",
    search=_SEARCH,
    complex_=True,
)
def matmul_from_the_right(call: Call) -> Formula:
    """`other @ input`, called on the second operand."""
    return _product(call, "other", "input")


@explains(
    "torch.mm",
    "torch.spmm",  # torch's own name for mm, which is the same function
    "torch.Tensor.mm",
    "torch.bmm",
    "torch.Tensor.bmm",
    arguments="input, mat2",
    title="Matrix product",
    search=("mm", "bmm", *_SEARCH),
    complex_=True,
)
def of_matrices(call: Call) -> Formula:
    """The product of two matrices, or of each pair of a batch."""
    return _product(call, "input", "mat2")


@explains(
    "torch.mv",
    "torch.Tensor.mv",
    arguments="input, vec",
    title="Matrix times vector",
    search=("mv", *_SEARCH),
    complex_=True,
)
def by_vector(call: Call) -> Formula:
    """A matrix times a vector."""
    return _product(call, "input", "vec")


@explains(
    "torch.dot",
    "torch.Tensor.dot",
    arguments="input, tensor",
    title="Dot product",
    search=("scalar product", "inner product"),
    complex_=True,
)
def dot(call: Call) -> Formula:
    """The dot product of two vectors."""
    return _product(call, "input", "tensor")


def _product(call: Call, first: str, second: str) -> Formula:
    left, right = len(call.shape(first)), len(call.shape(second))
    if not left or not right:
        raise Refused("a matrix product with a scalar is not explained")
    lead = leading(max(left, right, 2) - 2)
    row, column = (ROW,) if left > 1 else (), (COLUMN,) if right > 1 else ()
    own = lead[len(lead) - max(left - 2, 0) :], lead[len(lead) - max(right - 2, 0) :]
    contraction = Contraction(
        call,
        factors((first, (*own[0], *row, INNER)), (second, (*own[1], INNER, *column))),
        (*lead, *row, *column),
    )
    vectors = left == 1 or right == 1
    mixed = vectors and left + right > 2 and call.type.endswith("matmul")
    return Formula(
        summary=_summary(contraction, row, column, lead),
        forward=contraction.forward,
        gradients=contraction.gradients(),
        settings=contraction.settings,
        axes=contraction.named,
        multiply_adds=contraction.multiply_adds,
        notes=(*((_VECTORS,) if mixed else ()), *contraction.notes()),
        indices=contraction.counts,
    )


def _summary(
    contraction: Contraction,
    row: tuple[Axis, ...],
    column: tuple[Axis, ...],
    lead: tuple[Axis, ...],
) -> str:
    ends = {
        (True, True): "a row of the first and a column of the second operand",
        (True, False): "a row of the first operand and the second operand",
        (False, True): "the first operand and a column of the second",
        (False, False): "the two operands",
    }[bool(row), bool(column)]
    many = contraction.terms()
    count = f"{many} product" if many == 1 else f"{many} products"
    who = "Each element is the sum of" if contraction.output else "The sum of"
    each = ", for each position of the leading axes alone" if lead else ""
    return f"{who} {count}, of {ends}{each}."


def _of(function: Callable[..., object], *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{function.__name__} {' by '.join(map(str, shapes))}",
        lambda: (function, tuple(torch.randn(s) for s in shapes), {}),
    )


def _whole(dtype: torch.dtype, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{dtype} {shapes}",
        lambda: (torch.matmul, tuple(torch.randint(-5, 6, s).to(dtype) for s in shapes), {}),
    )


def _typed(dtype: torch.dtype, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"{dtype} {shapes}",
        lambda: (torch.matmul, tuple(torch.randn(s, dtype=dtype) for s in shapes), {}),
    )


examples(
    _of(torch.matmul, (3, 4), (4, 5)),
    _of(torch.matmul, (4,), (4,)),
    _of(torch.matmul, (4,), (4, 5)),
    _of(torch.matmul, (3, 4), (4,)),
    _of(torch.matmul, (2, 3, 4), (4,)),
    _of(torch.matmul, (4,), (2, 4, 3)),
    _of(torch.matmul, (2, 3, 4), (4, 5)),
    _of(torch.matmul, (3, 4), (2, 4, 5)),
    _of(torch.matmul, (2, 1, 3, 4), (5, 4, 2)),
    _of(torch.matmul, (1, 3, 4), (6, 4, 2)),
    _of(torch.matmul, (2, 3, 1, 3, 4), (1, 3, 2, 4, 2)),
    _of(torch.matmul, (1, 1), (1, 1)),
    _of(torch.matmul, (3, 1), (1, 2)),
    _of(torch.matmul, (2, 0), (0, 3)),
    _of(torch.matmul, (0, 2), (2, 3)),
    _of(torch.matmul, (0, 2, 3), (1, 3, 2)),
    _of(torch.matmul, (2, 3, 70, 16), (2, 3, 16, 70)),
    _of(torch.matmul, (3, 4096), (4096, 2)),
    _of(torch.Tensor.matmul, (3, 4), (4, 5)),
    _of(torch.Tensor.__matmul__, (3, 4), (4, 5)),
    _of(torch.Tensor.__rmatmul__, (4, 5), (3, 4)),
    _of(torch.mm, (3, 4), (4, 5)),
    _of(torch.Tensor.mm, (3, 400), (400, 5)),
    _of(torch.bmm, (2, 3, 4), (2, 4, 5)),
    _of(torch.mv, (3, 4), (4,)),
    _of(torch.dot, (4,), (4,)),
    _of(torch.dot, (0,), (0,)),
    _of(torch.dot, (4096,), (4096,)),
    _whole(torch.int64, (3, 40), (40, 2)),
    _whole(torch.int32, (2, 3, 4), (4,)),
    _whole(torch.int8, (3,), (3,)),
    _whole(torch.int8, (3, 40), (40, 20)),
    _whole(torch.uint8, (3, 40), (40, 20)),
    _typed(torch.float64, (3, 40), (40, 2)),
    _typed(torch.bfloat16, (3, 40), (40, 2)),
    _typed(torch.float16, (2, 3, 4), (2, 4, 3)),
    _typed(torch.complex64, (3, 4), (4, 2)),
    _typed(torch.complex64, (2, 3, 4), (4,)),
    _typed(torch.complex128, (3,), (3,)),
)

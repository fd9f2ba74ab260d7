"""d_ij = (Σ_k |x_ik - z_jk|^p)^(1/p): the distances of all rows of one matrix to all of another."""

from __future__ import annotations

import math

import torch

from generator.formula.build import apply, cases, equal, indices, larger, total
from generator.formula.tree import Equation, Expr, Neg, Read, Stage, Sym, Tensor, Var
from generator.layers.dtypes import refuse_types
from generator.layers.norms import Slope, norm_of
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_P = Sym("P", "P", "number of rows of the first matrix")
_R = Sym("R", "R", "number of rows of the second matrix")
_M = Sym("K", "K", "length of a row")
_I, _J, _K = indices("i j k")
_FEW = 25
"""Rows up to which torch takes differences unless it is told otherwise."""
_PRODUCT = Note(
    "Near rows lose their digits",
    "Of more than 25 rows torch takes |x|² + |z|² - 2xz, a product of matrices: where rows are "
    "near each other it cancels, and its root is off by far more than one rounding. The gradient "
    "divides by that root and is not explained; "
    "`compute_mode='donot_use_mm_for_euclid_dist'` takes differences.",
)


@explains(
    "torch.cdist",
    arguments="input, other, p=2.0, compute_mode='use_mm_for_euclid_dist_if_necessary'",
    title="Pairwise distances",
    search=("cdist", "distance matrix", "Euclidean distance", "all pairs"),
)
def cdist(call: Call) -> Formula:
    """The distance of each row of the first operand to each row of the second."""
    product = _by_product(call)
    rows = _Rows(len(call.shape()) - 2)
    p = norm_of(call, call.options["p"], (_K.over(_M),))
    if math.isinf(p.p) or (p.settings and call.output.dtype == "float16"):
        raise Refused(f"cdist with p = {p.p:g} of {call.output.dtype} is not explained")
    e = rows.x[(*rows.batch, _I, _K)] - rows.z[(*rows.batch, _J, _K)]
    slope = p.slope(e, upstream(rows.y)[(*rows.batch, _I, _J)], rows.stage)
    *batch, count, length = call.shape()
    others = call.shape("other")[-2]
    sizes = dict(zip((s.name for s in rows.lengths), batch, strict=True))
    several = len(batch) > 1
    named = tuple(f"batch {k}" if several else "batch" for k in range(len(batch)))
    return Formula(
        summary=f"The {p.words} of the difference of each of {count} rows and each of {others}.",
        forward=rows.product(p.of(e)) if product else rows.differences(p.of(e)),
        gradients={} if product else rows.gradients(slope),
        settings={**sizes, "P": count, "R": others, "K": length, **p.settings},
        axes={
            "input": (*named, "row", "feature"),
            "other": (*named, "row", "feature"),
            "output": (*named, "row", "other row"),
        },
        multiply_adds=_terms(call) if p.p == 2 else 0,
        notes=(_PRODUCT,) if product else p.notes,
        result="distance",
    )


class _Rows:
    """The two matrices, of which there may be a batch."""

    def __init__(self, batch: int) -> None:
        names = ["b"] if batch == 1 else [f"b_{k + 1}" for k in range(batch)]
        self.batch = tuple(Var(n) for n in names)
        self.lengths = tuple(Sym(n.upper(), n.upper(), "batch size") for n in names)
        first, second = (*self.lengths, _P, _M), (*self.lengths, _R, _M)
        self.x = Tensor("input", "x", first, "first matrix", label="Input")
        self.z = Tensor("other", "z", second, "second matrix", label="Other")
        sizes = (*self.lengths, _P, _R)
        self.y = Tensor("output", "d", sizes, "distances", "result", label="Output")

    def stage(self, name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
        """A quantity of each pair of rows."""
        at = (*self.batch, _I, _J)
        tensor = Tensor(name, latex, self.y.sizes, meaning, "stage")
        return Stage(tensor, at, body), tensor[at]

    def differences(self, body: Expr) -> Equation:
        """The distances by way of differences."""
        return Equation(self.y, (*self.batch, _I, _J), body, (self.x, self.z))

    def product(self, body: Expr) -> Equation:
        """The distances by way of Σ -2 x z + |x|² + |z|², one sum that torch adds in any order."""
        x, z = self.x[(*self.batch, _I, _K)], self.z[(*self.batch, _J, _K)]
        first = Tensor("first", "X", (*self.lengths, _P), "squared length of a row", "stage")
        second = Tensor("second", "Z", (*self.lengths, _R), "squared length of a row", "stage")
        squares = (
            Stage(first, (*self.batch, _I), total(_K.over(_M), x**2)),
            Stage(second, (*self.batch, _J), total(_K.over(_M), z**2)),
        )
        terms = cases(
            (_K < _M, -2 * x * z),
            (equal(_K, _M), first[(*self.batch, _I)]),
            otherwise=second[(*self.batch, _J)],
        )
        squared = total(_K.over(_M + 2), terms)
        return Equation(
            self.y,
            (*self.batch, _I, _J),
            body,
            (self.x, self.z),
            squares,
            apply("sqrt", larger(0, squared)),
        )

    def gradients(self, slope: Slope) -> dict[str, Equation]:
        """What all distances of a row send back to it; the negative for the second matrix."""
        read = (upstream(self.y), self.x, self.z)

        def equation(tensor: Tensor, own: Var, other: tuple[Var, Sym], sign: int) -> Equation:
            def sent(part: Expr) -> Expr:
                whole = total(other[0].over(other[1]), part)
                return whole if sign > 0 else Neg(whole)

            arithmetic = None if slope.arithmetic is None else sent(slope.arithmetic)
            at = (*self.batch, own, _K)
            body = sent(slope.body)
            return Equation(gradient_of(tensor), at, body, read, slope.stages, arithmetic)

        return {
            "input": equation(self.x, _I, (_J, _R), 1),
            "other": equation(self.z, _J, (_I, _P), -1),
        }


def _by_product(call: Call) -> bool:
    """Whether torch goes by way of a product of matrices, which cancels for rows near by."""
    refuse_types(call)
    if set(call.tensors) != {"input", "other"} or call.shape()[:-2] != call.shape("other")[:-2]:
        raise Refused("cdist of batches of different shapes is not explained")
    many = max(call.shape()[-2], call.shape("other")[-2]) > _FEW
    mode, p = call.options["compute_mode"], call.options["p"]
    allowed = mode in {None, 0, "use_mm_for_euclid_dist_if_necessary"} and many
    return p == 2 and (allowed or mode in {1, "use_mm_for_euclid_dist"})


def _terms(call: Call) -> int:
    return math.prod(call.output.shape) * call.shape()[-1]


def _cdist(p: float, *shapes: tuple[int, ...], **options: object) -> Example:
    return Example(
        f"cdist {p} {shapes}, {options}",
        lambda: (torch.cdist, (*(torch.randn(s) for s in shapes), p), options),
    )


examples(
    _cdist(2.0, (3, 4), (5, 4)),
    _cdist(2.0, (2, 3, 4), (2, 5, 4)),
    _cdist(2.0, (2, 2, 3, 4), (2, 2, 1, 4)),
    _cdist(2.0, (30, 4), (5, 4), compute_mode="donot_use_mm_for_euclid_dist"),
    _cdist(1.0, (3, 4), (5, 4)),
    _cdist(3.0, (3, 4), (40, 4)),
    _cdist(1.5, (3, 4), (5, 4)),
    _cdist(0.0, (3, 4), (5, 4)),
    _cdist(2.0, (3, 200), (5, 200)),
    _cdist(2.0, (3, 4), (0, 4)),
)

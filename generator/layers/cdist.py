"""d_ij = (Σ_k |x_ik - z_jk|^p)^(1/p): the distances of all rows of one matrix to all of another."""

from __future__ import annotations

import math

import torch

from generator.formula.build import indices, total
from generator.formula.tree import Equation, Expr, Neg, Read, Stage, Sym, Tensor, Var
from generator.layers.dtypes import refuse_types
from generator.layers.norms import Slope, norm_of
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_P = Sym("P", "P", "number of rows of the first matrix")
_R = Sym("R", "R", "number of rows of the second matrix")
_M = Sym("K", "K", "length of a row")
_I, _J, _K = indices("i j k")
_FEW = 25
"""Rows up to which torch takes differences unless it is told otherwise."""


@explains(
    "torch.cdist",
    arguments="input, other, p=2.0, compute_mode='use_mm_for_euclid_dist_if_necessary'",
    title="Pairwise distances",
    search=("cdist", "distance matrix", "Euclidean distance", "all pairs"),
)
def cdist(call: Call) -> Formula:
    """The distance of each row of the first operand to each row of the second."""
    _refuse(call)
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
        forward=Equation(rows.y, (*rows.batch, _I, _J), p.of(e), (rows.x, rows.z)),
        gradients=rows.gradients(slope),
        settings={**sizes, "P": count, "R": others, "K": length, **p.settings},
        axes={
            "input": (*named, "row", "feature"),
            "other": (*named, "row", "feature"),
            "output": (*named, "row", "other row"),
        },
        multiply_adds=_terms(call) if p.p == 2 else 0,
        notes=p.notes,
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


def _refuse(call: Call) -> None:
    refuse_types(call)
    if set(call.tensors) != {"input", "other"} or call.shape()[:-2] != call.shape("other")[:-2]:
        raise Refused("cdist of batches of different shapes is not explained")
    many = max(call.shape()[-2], call.shape("other")[-2]) > _FEW
    mode, p = call.options["compute_mode"], call.options["p"]
    allowed = mode in {None, 0, "use_mm_for_euclid_dist_if_necessary"} and many
    if p == 2 and (allowed or mode in {1, "use_mm_for_euclid_dist"}):
        message = (
            "cdist by way of a matrix product (more than 25 rows): it cancels where rows are near "
            "each other, and how far it is off then is not explained"
        )
        raise Refused(message)


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

"""y = (Σ |x|^p)^(1/p): the p-norm over some axes or over all; for p = ∞ the largest |x|."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch

from generator.layers.dtypes import spelled
from generator.layers.norms import norm_of
from generator.layers.over_axes import reduced, refuse_empty
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_ENTRIES = Note(
    "The elements of a matrix as one vector",
    "This is no operator norm of a matrix: how its elements are arranged plays no part.",
)
_OLD = Note("An older spelling", "torch.linalg.vector_norm is the same with clearer arguments.")


@explains(
    "torch.linalg.vector_norm",
    arguments="input, ord=2, dim=None, keepdim=False, dtype=None",
    title="Norm",
    search=("vector norm", "Euclidean length", "L1", "L2", "p-norm", "magnitude"),
)
def vector_norm(call: Call) -> Formula:
    """The norm of the elements over the axes `dim`."""
    return _formula(call, call.options["ord"])


@explains(
    "torch.norm",
    "torch.Tensor.norm",
    arguments="input, p='fro', dim=None, keepdim=False, out=None, dtype=None",
    title="Norm",
    search=("Frobenius norm", "Euclidean length", "L1", "L2", "p-norm", "magnitude"),
)
def norm(call: Call) -> Formula:
    """The same with torch's older arguments, where 'fro' is the norm with p = 2."""
    given = call.options["p"]
    formula = _formula(call, 2 if given in {None, "fro"} else given)
    return replace(formula, notes=(*formula.notes, _OLD))


@explains(
    "torch.linalg.norm",
    "torch.linalg.matrix_norm",
    arguments="input, ord=None, dim=None, keepdim=False, dtype=None",
    title="Norm",
    search=("Frobenius norm", "matrix norm", "vector norm", "Euclidean length"),
)
def linalg_norm(call: Call) -> Formula:
    """The norm of vectors, or the Frobenius norm of matrices."""
    given = call.options["ord"]
    matrices = call.type.endswith("matrix_norm")
    if given == "fro" or (matrices and given is None):
        if call.options["dim"] is None:
            call = replace(call, options={**call.options, "dim": (-2, -1)})
        return _formula(call, 2)
    if given is not None and _axes(call) != 1:
        raise Refused(f"{spelled(call)}(ord={given!r}) of matrices is not explained")
    return _formula(call, 2 if given is None else given)


def _axes(call: Call) -> int:
    """Over how many axes it goes."""
    dim = call.options["dim"]
    if call.type.endswith("matrix_norm"):
        return 2
    if dim is None:
        return len(call.shape())
    return len(dim) if isinstance(dim, list | tuple) else 1


def _formula(call: Call, given: object) -> Formula:
    over = reduced(call)
    refuse_empty(over, "the norm")
    p = norm_of(call, given, over.spans)
    if p.settings and call.outputs[0].dtype == "float16":
        # its gradient is NaN or 0 where a power is beyond 65504
        raise Refused(f"{spelled(call)} with p = {p.p:g} in float16 is not explained")
    slope = p.slope(over.value, over.g, over.stage)
    extreme = math.isinf(p.p)
    return Formula(
        summary=f"{over.each} is the {p.words} of {over.values}, {over.over}.",
        forward=over.forward(p.of(over.value), shared=extreme),
        gradients=over.gradients(slope.body, stages=slope.stages, arithmetic=slope.arithmetic),
        settings={**over.settings, **p.settings},
        axes=over.named,
        sizes=over.sizes,
        multiply_adds=math.prod(call.shape()) if p.p == 2 else 0,
        notes=(*((_ENTRIES,) if len(over.gone) == 2 else ()), *p.notes),
        result="norm",
    )


def _norm(p: float, shape: tuple[int, ...], *args: object, scale: float = 1.0) -> Example:
    return Example(
        f"norm {p} {shape}, {args}, {scale}",
        lambda: (torch.linalg.vector_norm, (scale * torch.randn(shape), p, *args), {}),
    )


def _other(function: Callable[..., object], *args: object, **options: object) -> Example:
    return Example(
        f"{function.__name__} {args}, {options}",
        lambda: (function, (torch.randn(2, 3, 4), *args), options),
    )


def _tied(p: float) -> Example:
    return Example(
        f"norm {p} of ties",
        lambda: (torch.linalg.vector_norm, (torch.randint(1, 3, (4, 9)) - 1.5, p, 1), {}),
    )


examples(
    _norm(2, (2, 3, 4), (0, 2)),
    _norm(2, (2, 3, 4), -1, True),
    _norm(2, (2, 3, 4)),
    _norm(2, (5,), 0),
    _norm(2, ()),
    _norm(2, (3, 1), 1),
    _norm(2, (0, 3), 1),
    _norm(2, (3, 1000), 1),
    _norm(2, (3, 20), 1, scale=1e15),
    _norm(2, (3, 20), 1, scale=1e-15),
    _norm(0, (3, 7), 1),
    _norm(1, (3, 40), 1),
    _norm(math.inf, (3, 40), 1),
    _norm(-math.inf, (3, 40), 1),
    _norm(math.inf, ()),
    _norm(3, (3, 40), 1),
    _norm(4, (3, 40), 1),
    _norm(1.5, (3, 40), 1),
    _norm(0.5, (3, 40), 1),
    _norm(-1, (3, 40), 1),
    _norm(-2.5, (3, 40), 1),
    _tied(math.inf),
    _tied(-math.inf),
    _other(torch.norm),
    _other(torch.norm, 1),
    _other(torch.norm, dim=1, p=3),
    _other(torch.Tensor.norm, 2, 1, True),
    _other(torch.Tensor.norm, "fro", (0, 1)),
    _other(torch.linalg.norm),
    _other(torch.linalg.norm, 3, 1),
    _other(torch.linalg.norm, "fro", (0, 2)),
    _other(torch.linalg.matrix_norm),
    _other(torch.linalg.vector_norm, 2, 1, dtype=torch.float64),
    Example("of float16", lambda: (torch.linalg.norm, (torch.randn(3, 40).half(),), {"dim": 1})),
    Example("of bfloat16", lambda: (torch.norm, (torch.randn(3, 40).bfloat16(), 1, 1), {})),
)

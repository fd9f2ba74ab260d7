"""y = (Σ |a_k - b_k + ε|^p)^(1/p): the distance between two vectors."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Sym
from generator.layers import moments
from generator.layers.broadcasting import Words, together
from generator.layers.dtypes import spelled
from generator.layers.norms import norm_of
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.vectors import Vectors

_EPSILON = Sym("eps", r"\epsilon", "added to each difference", integer=False)
_WORDS = {
    "input": Words("a", "First", "first operand", said="the first operand"),
    "other": Words("b", "Second", "second operand", said="the second operand"),
}
_NOT_ZERO = Note(
    "Not zero for equal vectors",
    "ε is added to each difference, so that the root has a slope there; the distance of a vector "
    "from itself is a little above 0.",
)


@explains(
    "torch.nn.PairwiseDistance",
    "torch.nn.functional.pairwise_distance",
    "torch.pairwise_distance",
    arguments="input, other, p=2.0, eps=1e-06, keepdim=False",
    renames={"norm": "p"},
    title="Pairwise distance",
    search=("Euclidean distance", "metric", "nn.PairwiseDistance", "F.pairwise_distance"),
)
def pairwise_distance(call: Call) -> Formula:
    """The distance between the vectors along the last axis."""
    epsilon = moments.number(call, "eps")
    vectors = Vectors.of(call, _WORDS, -1, keepdim=bool(call.options["keepdim"]))
    norm = norm_of(call, call.options["p"], (vectors.span,))
    if math.isinf(norm.p) or (norm.settings and call.output.dtype == "float16"):
        raise Refused(f"{spelled(call)} with p = {norm.p:g} is not explained")
    a, b = vectors["input"], vectors["other"]
    difference = a - b + _EPSILON
    slope = norm.slope(difference, vectors.g, vectors.named)
    order = slope.arithmetic
    shape = together([t.shape for t in call.tensors.values()])
    return Formula(
        summary=f"Each output is the {norm.words} of the difference of two vectors of "
        f"{shape[-1]} numbers, along the last axis.",
        forward=vectors.forward(norm.of(difference)),
        gradients={
            "input": vectors.gradient("input", slope.body, slope.stages, order),
            "other": vectors.gradient(
                "other", -slope.body, slope.stages, None if order is None else -order
            ),
        },
        settings={**vectors.operands.settings, **norm.settings, "eps": epsilon},
        axes=vectors.named_axes,
        multiply_adds=math.prod(shape) if norm.p == 2 else 0,
        notes=(*((_NOT_ZERO,) if epsilon else ()), *vectors.operands.notes()),
    )


def _call(
    *shapes: tuple[int, ...], dtype: torch.dtype = torch.float32, **options: object
) -> Example:
    return Example(
        f"{shapes}, {options}, {dtype}",
        lambda: (F.pairwise_distance, tuple(torch.randn(s).to(dtype) for s in shapes), options),
    )


examples(
    _call((3, 5), (3, 5)),
    _call((5,), (5,)),
    _call((2, 3, 4), (2, 3, 4), keepdim=True),
    _call((2, 1, 4), (1, 3, 4)),
    _call((2, 4), (4,)),
    _call((3, 5), (3, 5), p=1),
    _call((3, 5), (3, 5), p=3),
    _call((3, 5), (3, 5), p=1.5, eps=0.1),
    _call((3, 5), (3, 5), eps=0.0),
    _call((4, 300), (4, 300)),
    _call((3, 5), (3, 5), dtype=torch.float64),
    _call((3, 5), (3, 5), dtype=torch.float16),
    _call((3, 5), (3, 5), dtype=torch.bfloat16),
    Example("module", lambda: (nn.PairwiseDistance(), (torch.randn(2, 3), torch.randn(2, 3)), {})),
    Example("equal", lambda: (F.pairwise_distance, (torch.ones(2, 3), torch.ones(2, 3)), {})),
)

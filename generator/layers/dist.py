"""y = (Σ |x - z|^p)^(1/p): the distance of two tensors, all of their elements together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Neg, Range, Read, Stage, Tensor
from generator.layers.broadcasting import together
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.norms import Slope, norm_of
from generator.layers.pairs import Pair, pair
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_Y = Tensor("output", "y", (), "distance", "result", label="Output")


@explains(
    "torch.dist",
    "torch.Tensor.dist",
    arguments="input, other, p=2",
    title="Distance of two tensors",
    search=("dist", "Euclidean distance", "L1", "L2", "norm of the difference"),
)
def dist(call: Call) -> Formula:
    """The p-norm of the difference of two tensors."""
    both, spans = _operands(call)
    p = norm_of(call, call.options["p"], spans)
    if p.settings and call.output.dtype == "float16":
        raise Refused(f"{spelled(call)} with p = {p.p:g} in float16 is not explained")
    e = both.x - both.z
    tensors = tuple(o.tensor for o in both.operands.values() if o.tensor is not None)
    forward = Equation(_Y, (), p.of(e), tensors, shared=math.isinf(p.p))
    slope = p.slope(e, upstream(_Y)[()], _stage)
    return Formula(
        summary=f"The {p.words} of the difference of the two operands, all elements together.",
        forward=forward,
        gradients={
            "input": _gradient(both, "input", slope, tensors),
            "other": _gradient(both, "other", slope, tensors),
        },
        settings={**both.settings, **p.settings},
        axes={**both.named, "output": ()},
        multiply_adds=math.prod(_shape(call)) if p.p == 2 else 0,
        notes=(*p.notes, *both.notes()),
        result="distance",
    )


def _shape(call: Call) -> tuple[int, ...]:
    return together([call.shape("input"), call.shape("other")])


def _operands(call: Call) -> tuple[Pair, tuple[Range, ...]]:
    """The two operands at the indices of their difference, and its axes."""
    refuse_types(call)
    if set(call.tensors) != {"input", "other"}:
        raise Refused(f"{spelled(call)}: only two tensors are explained")
    if call.shape("input") != call.shape("other") and 0 in _shape(call):
        raise Refused(f"{spelled(call)} of no elements is not explained")
    difference = replace(call.output, shape=_shape(call))
    both = pair(replace(call, outputs=(difference,)))
    return both, tuple(axis.span for axis in both.axes)


def _stage(name: str, latex: str, meaning: str, body: Expr) -> tuple[Stage, Read]:
    tensor = Tensor(name, latex, (), meaning, "stage")
    return Stage(tensor, (), body), tensor[()]


def _gradient(both: Pair, name: str, slope: Slope, tensors: tuple[Tensor, ...]) -> Equation:
    """∂L/∂x, and its negative for z, added up over the axes along which an operand is repeated."""
    operand = both.operands[name]
    assert operand.tensor is not None

    def sent(part: Expr) -> Expr:
        whole = total(operand.repeated, part) if operand.repeated else part
        return whole if name == "input" else Neg(whole)

    return Equation(
        gradient_of(operand.tensor),
        operand.at,
        sent(slope.body),
        (upstream(_Y), *tensors),
        slope.stages,
        None if slope.arithmetic is None else sent(slope.arithmetic),
    )


def _dist(p: float, *shapes: tuple[int, ...]) -> Example:
    return Example(
        f"dist {p} {shapes}",
        lambda: (torch.dist, (*(torch.randn(s) for s in shapes), p), {}),
    )


def _of(name: str, make: Callable[[], torch.Tensor]) -> Example:
    return Example(name, lambda: (torch.dist, (make(), make()), {}))


examples(
    _dist(2, (2, 3), (2, 3)),
    _dist(2, (2, 3, 4), (3, 1)),
    _dist(2, (5,), (4, 1)),
    _dist(2, (), ()),
    _dist(2, (1000,), (1000,)),
    _dist(1, (2, 3, 4), (3, 1)),
    _dist(3, (2, 3), (2, 3)),
    _dist(0.5, (2, 3), (2, 3)),
    _dist(math.inf, (2, 3, 4), (3, 1)),
    _dist(-math.inf, (2, 3), (2, 3)),
    Example("method", lambda: (torch.Tensor.dist, (torch.randn(4), torch.randn(4)), {})),
    _of("of float16", lambda: torch.randn(20).half()),
    _of("near each other", lambda: 1000 + torch.randn(20)),
)

"""y = Re x - i·Im x: the complex conjugate, and the transposed matrix of conjugates."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import cases, equal
from generator.formula.tree import Equation, Neg, Tensor
from generator.layers.axes import at, lengths, names, settings
from generator.layers.complex_calls import by_parts, of_complex
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import COUNTS, PART, PARTS, TWO
from generator.layers.dims import dims
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, lookup
from generator.layers.tensors import gradient_of, upstream

_LAZY = Note(
    "Nothing is computed yet",
    "torch marks the tensor as conjugated, and the steps that read it change the sign.",
)


@of_complex("torch.conj", "torch.conj_physical", "torch.Tensor.conj", "torch.Tensor.conj_physical")
def conj(call: Call) -> Formula:
    """The conjugate; that of the upstream gradient is the gradient."""
    element = ComplexElements(call, {"input": ("x", "input")})
    return element.formula(
        "Each element's imaginary part changes its sign.",
        element.forward(element.value("input").conj),
        {"input": element.gradient("input", element.g.conj)},
        notes=() if call.type.endswith("physical") else (_LAZY,),
    )


@of_complex(
    "torch.resolve_conj",
    "torch.resolve_neg",
    "torch.alias_copy",
    "torch.Tensor.resolve_conj",
    "torch.Tensor.resolve_neg",
)
def same(call: Call) -> Formula:
    """The same numbers, written out."""
    rule = lookup(call.type)
    assert rule is not None
    return by_parts(call, rule.explain)


@of_complex("torch.adjoint", "torch.Tensor.adjoint", "torch.Tensor.mH", "torch.Tensor.H")
def adjoint(call: Call) -> Formula:
    """The transposed matrix of conjugates."""
    if len(call.shape()) < 2:
        raise Refused(f"{spelled(call)} of fewer than two axes is not explained")
    axes = dims(len(call.shape()))
    back = (*axes[:-2], axes[-1], axes[-2])
    x = Tensor("input", "x", (*lengths(axes), TWO), "input", label="Input")
    y = Tensor("output", "y", (*lengths(back), TWO), "output", "result", label="Output")
    g = upstream(y)
    real = equal(PART, 0)
    forward = cases((real, x[*at(axes), 0]), otherwise=Neg(x[*at(axes), 1]))
    backward = cases((real, g[*at(back), 0]), otherwise=Neg(g[*at(back), 1]))
    return Formula(
        summary="Rows become columns, and each element its conjugate.",
        forward=Equation(y, (*at(back), PART), forward, (x,)),
        gradients={"input": Equation(gradient_of(x), (*at(axes), PART), backward, (g,))},
        settings=settings(axes, call.shape()),
        axes={"input": (*names(axes), PARTS), "output": (*names(back), PARTS)},
        indices={PART.name: COUNTS},
    )


def _of(function: Callable[..., object], *shape: int) -> Example:
    return Example(
        f"{getattr(function, '__name__', function)} {shape}",
        lambda: (function, (torch.randn(shape, dtype=torch.complex64),), {}),
    )


examples(
    _of(torch.conj, 2, 3),
    _of(torch.Tensor.conj, 4),
    _of(torch.conj_physical, 2, 3),
    _of(torch.resolve_conj, 2, 3),
    _of(torch.adjoint, 2, 3),
    _of(torch.adjoint, 2, 3, 4),
    Example(
        "resolved",
        lambda: (torch.resolve_conj, (torch.randn(3, dtype=torch.complex64).conj(),), {}),
    ),
)

"""y = √(Re² x + Im² x): the magnitude of a complex number, and x / |x|, its direction."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.build import apply, equal
from generator.layers.complex_calls import of_complex
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex
from generator.layers.registry import Call, Example, Formula, Note, examples

_AT_ZERO = Note(
    "No slope at zero",
    "At 0 the magnitude has a corner and the direction has no value; torch takes 0 for both.",
)


@of_complex(
    "torch.abs",
    "torch.absolute",
    "torch.Tensor.abs",
    "torch.Tensor.absolute",
)
def magnitude(call: Call) -> Formula:
    """The magnitude; its gradient points along the number."""
    element = ComplexElements(call, {"input": ("x", "input")})
    x, g = element.value("input"), element.g
    size = apply("sqrt", x.square)
    along = (g * x).each(lambda part: part / size)
    return element.formula(
        "Each element is the distance of the number from 0.",
        element.forward(Complex(size)),
        {"input": element.gradient("input", along, nothing=equal(size, 0))},
        notes=(_AT_ZERO,),
    )


@of_complex("torch.sgn", "torch.Tensor.sgn")
def direction(call: Call) -> Formula:
    """The number of magnitude 1 in the same direction."""
    element = ComplexElements(call, {"input": ("x", "input")})
    x, g = element.value("input"), element.g
    size = apply("sqrt", x.square)
    across = (g * x.conj).im
    along = (g * x.conj).re
    assert across is not None
    assert along is not None
    turned = Complex(None if x.im is None else -x.im, x.re)
    # torch takes away from g what lies along x, where the two may cancel
    rest = g - x.each(lambda part: part / size * (along / size))
    return element.formula(
        "Each element is the number divided by its magnitude.",
        element.forward(x.each(lambda part: part / size), nothing=equal(size, 0)),
        {
            "input": element.gradient(
                "input",
                turned.each(lambda part: part * across / (size * size * size)),
                nothing=equal(size, 0),
                arithmetic=rest.each(lambda part: part / size),
            )
        },
        notes=(_AT_ZERO,),
    )


def _of(function: Callable[..., object], *shape: int) -> Example:
    return Example(
        f"{function.__name__} {shape}",
        lambda: (function, (torch.randn(shape, dtype=torch.complex64),), {}),
    )


examples(
    _of(torch.abs, 2, 3),
    _of(torch.Tensor.abs, 300),
    _of(torch.sgn, 2, 3),
)

"""y = a + ib: complex numbers from their real and imaginary parts."""

from __future__ import annotations

import torch

from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.complex",
    arguments="real, imag",
    title="Complex number",
    search=("complex", "real and imaginary part"),
    complex_=True,
)
def complex_number(call: Call) -> Formula:
    """The pair of two real tensors; each receives its part of the gradient."""
    symbols = {"real": ("a", "real part"), "imag": ("b", "imaginary part")}
    element = ComplexElements(call, symbols)
    a, b, g = element.value("real").re, element.value("imag").re, element.g
    return element.formula(
        "Each element is the complex number of the two parts at the same place.",
        element.forward(Complex(a, b)),
        {
            "real": element.gradient("real", Complex(g.re)),
            "imag": element.gradient("imag", Complex(g.im)),
        },
    )


def _of(*shape: int, dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{shape} {dtype}",
        lambda: (torch.complex, tuple(torch.randn(shape, dtype=dtype) for _ in range(2)), {}),
    )


examples(_of(2, 3), _of(), _of(0, 2), _of(2, 1, 3), _of(4, dtype=torch.float64))

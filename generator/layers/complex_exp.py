"""y = e^(Re x) (cos Im x + i sin Im x): the exponential of complex numbers."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.complex_calls import of_complex
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex
from generator.layers.registry import Call, Example, Formula, examples


@of_complex("torch.exp", "torch.Tensor.exp")
def exponential(call: Call) -> Formula:
    """The exponential; it is its own derivative, of which the gradient takes the conjugate."""
    element = ComplexElements(call, {"input": ("x", "input")})
    x = element.value("input")
    assert x.re is not None
    assert x.im is not None
    size, turned = apply("exp", x.re), Complex(apply("cos", x.im), apply("sin", x.im))
    return element.formula(
        "Each element is e to its power: the real part gives the magnitude, the imaginary one the "
        "angle.",
        element.forward(Complex(size) * turned),
        {"input": element.gradient("input", Complex(size) * (element.g * turned.conj))},
    )


def _of(*shape: int) -> Example:
    return Example(
        f"exp {shape}", lambda: (torch.exp, (torch.randn(shape, dtype=torch.complex64),), {})
    )


def _rotation() -> torch.Tensor:
    return 1j * torch.outer(torch.arange(8.0), torch.rand(4))


examples(
    _of(2, 3),
    _of(),
    _of(0, 2),
    _of(200),
    Example("rotation", lambda: (torch.Tensor.exp, (_rotation(),), {})),
)

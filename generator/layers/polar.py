"""y = r (cos φ + i sin φ): complex numbers from their magnitudes and angles."""

from __future__ import annotations

import torch

from generator.formula.build import apply
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex
from generator.layers.registry import Call, Example, Formula, examples, explains


@explains(
    "torch.polar",
    arguments="abs, angle",
    title="Polar coordinates",
    search=("polar", "phase", "rotary position embedding", "cis"),
    complex_=True,
)
def polar(call: Call) -> Formula:
    """The complex number of each magnitude and angle."""
    element = ComplexElements(call, {"abs": ("r", "magnitude"), "angle": (r"\varphi", "angle")})
    r, angle = element.value("abs").re, element.value("angle").re
    assert r is not None
    assert angle is not None
    unit = Complex(apply("cos", angle), apply("sin", angle))
    around = element.g * unit.conj
    assert around.re is not None
    assert around.im is not None
    return element.formula(
        "Each element is the complex number of that magnitude at that angle.",
        element.forward(Complex(r) * unit),
        {
            "abs": element.gradient("abs", Complex(around.re)),
            "angle": element.gradient("angle", Complex(r * around.im)),
        },
    )


def _of(*shape: int, dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{shape} {dtype}",
        lambda: (
            torch.polar,
            (torch.rand(shape, dtype=dtype), 9 * torch.randn(shape, dtype=dtype)),
            {},
        ),
    )


examples(
    _of(2, 3),
    _of(),
    _of(0, 2),
    _of(40, 30),
    _of(4, dtype=torch.float64),
    Example(
        "rotation",
        lambda: (
            torch.polar,
            (torch.ones(8, 4), torch.outer(torch.arange(8.0), torch.rand(4))),
            {},
        ),
    ),
)

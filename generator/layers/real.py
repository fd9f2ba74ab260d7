"""y = Re x and y = Im x: one part of a complex number."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.layers.complex_calls import of_complex
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex
from generator.layers.registry import Call, Example, Formula, examples, explains


@of_complex("torch.real", "torch.Tensor.real")
def real(call: Call) -> Formula:
    """The real part."""
    return _part(call, "real", lambda x: Complex(x.re), lambda g: Complex(g.re))


@explains(
    "torch.imag",
    "torch.Tensor.imag",
    arguments="input",
    title="Imaginary part",
    search=("imag", "torch.imag"),
    complex_=True,
)
def imag(call: Call) -> Formula:
    """The imaginary part."""
    return _part(call, "imaginary", lambda x: Complex(x.im), lambda g: Complex(None, g.re))


def _part(
    call: Call,
    which: str,
    forward: Callable[[Complex], Complex],
    backward: Callable[[Complex], Complex],
) -> Formula:
    element = ComplexElements(call, {"input": ("x", "input")})
    return element.formula(
        f"Each element is the {which} part of the input's.",
        element.forward(forward(element.value("input"))),
        {"input": element.gradient("input", backward(element.g))},
    )


def _complex(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.complex64)


examples(
    Example("real", lambda: (torch.real, (_complex(2, 3),), {})),
    Example("imag", lambda: (torch.imag, (_complex(2, 3),), {})),
    Example("imag of a scalar", lambda: (torch.imag, (_complex(),), {})),
    Example("imag of none", lambda: (torch.imag, (_complex(0, 2),), {})),
)

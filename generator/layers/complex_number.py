"""y = a + ib: complex numbers from their real and imaginary parts."""

from __future__ import annotations

from dataclasses import replace

import torch

from generator.layers.complex_calls import of_complex
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex, component, is_complex
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


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


@of_complex("torch.Tensor.to", "torch.Tensor.type", "torch.Tensor.type_as")
def converted(call: Call) -> Formula:
    """Real numbers as complex ones, or complex ones as they are, with the digits as before."""
    before, after = call.tensors["input"].dtype, call.output.dtype
    if component(before) != component(after):
        raise Refused(f"{spelled(call)} from {before} to {after}: this change is not explained")
    if not is_complex(call):
        raise Refused(f"{spelled(call)}: the loss of imaginary parts is not explained")
    if set(call.tensors) - {"input"}:
        call = replace(call, tensors={"input": call.tensors["input"]})
    element = ComplexElements(call, {"input": ("x", "input")})
    kind = "with the imaginary part 0" if not is_complex(call, "input") else "as it was"
    return element.formula(
        f"Each element is the same number, {kind}.",
        element.forward(element.value("input")),
        {"input": element.gradient("input", element.g)},
    )


def _to(before: torch.dtype, after: torch.dtype) -> Example:
    return Example(
        f"{before} to {after}",
        lambda: (torch.Tensor.to, (torch.randn(2, 3, dtype=before), after), {}),
    )


def _of(*shape: int, dtype: torch.dtype = torch.float32) -> Example:
    return Example(
        f"{shape} {dtype}",
        lambda: (torch.complex, tuple(torch.randn(shape, dtype=dtype) for _ in range(2)), {}),
    )


examples(
    _of(2, 3),
    _of(),
    _of(0, 2),
    _of(2, 1, 3),
    _of(4, dtype=torch.float64),
    _to(torch.float32, torch.complex64),
    _to(torch.float64, torch.complex128),
    _to(torch.complex64, torch.complex64),
)

"""y = the angle of x in the plane of complex numbers, between -π and π."""

from __future__ import annotations

import torch

from generator.formula.build import apply, cases, equal, every, unequal
from generator.formula.tree import Expr, Neg, Num
from generator.layers.complex_elements import ComplexElements
from generator.layers.complexes import Complex, is_complex
from generator.layers.dtypes import spelled
from generator.layers.numbers import PI, WITH_PI
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains

_REAL = Note(
    "Real numbers have two angles",
    "0 for positive numbers and for zero, and π for negative ones: the gradient is 0.",
)


@explains(
    "torch.angle",
    "torch.Tensor.angle",
    arguments="input",
    title="Angle",
    search=("argument", "phase", "torch.angle"),
    complex_=True,
)
def angle(call: Call) -> Formula:
    """The angle in its quadrant; a zero's sign decides the side of the cut."""
    if call.tensors["input"].integer:
        raise Refused(f"{spelled(call)} of whole numbers is not explained")
    element = ComplexElements(call, {"input": ("x", "input")})
    x, g = element.value("input"), element.g.re
    assert x.re is not None
    assert g is not None
    if not is_complex(call, "input"):
        # a NaN stays one
        halves = cases((x.re < 0, PI), (equal(x.re, x.re), 0), otherwise=x.re)
        return element.formula(
            "Each element becomes 0, or π where it is negative.",
            element.forward(Complex(halves)),
            {"input": element.gradient("input", Complex(Num(0)))},
            notes=(_REAL,),
            settings=WITH_PI,
        )
    assert x.im is not None
    return element.formula(
        "Each element is the angle between the number and the positive real axis.",
        element.forward(Complex(_angle(x.re, x.im))),
        {
            "input": element.gradient(
                "input",
                Complex(Neg(g * x.im / x.square), g * x.re / x.square),
                nothing=every(equal(x.re, 0), equal(x.im, 0)),
            )
        },
        settings=WITH_PI,
    )


def _angle(re: Expr, im: Expr) -> Expr:
    found, side = apply("arctan", im / re), 1 - 2 * apply("signbit", im)
    return cases(
        (re > 0, found),
        (re < 0, found + side * PI),
        (unequal(im, 0), side * PI / 2),
        otherwise=apply("signbit", re) * side * PI,
    )


def _of(*shape: int, dtype: torch.dtype = torch.complex64) -> Example:
    return Example(
        f"{shape} {dtype}", lambda: (torch.angle, (torch.randn(shape, dtype=dtype),), {})
    )


examples(
    _of(2, 3),
    _of(),
    _of(200),
    _of(4, dtype=torch.complex128),
    _of(2, 3, dtype=torch.float32),
    Example("real numbers", lambda: (torch.angle, (torch.tensor([-1.0, 0.0, 2.0]),), {})),
)

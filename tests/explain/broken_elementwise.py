"""Linear, activations and shares along an axis, broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from breaking import (
    Broken,
    Function,
    in_gradient,
    in_output,
    nodes,
    only,
    option,
    reading,
    setting,
    shortened,
    swapped,
)
from torch import nn

from generator.formula.build import equal
from generator.formula.tree import (
    Add,
    Apply,
    Compare,
    Div,
    Expr,
    Extreme,
    Mul,
    Neg,
    Num,
    Pow,
    Range,
    Read,
    Reduce,
    Var,
)

k, o = Var("k"), Var("o")


def _run(module: Callable[[], nn.Module], *shape: int) -> Any:
    return lambda: (module(), (torch.randn(shape),))


def _without_last(span: Range) -> Range:
    return replace(span, stop=span.stop + Num(-1))


def _exchanged(read: Read) -> Read:
    found: dict[Expr, Expr] = {o: k, k: o}
    return replace(read, indices=tuple(found.get(i, i) for i in read.indices))


_LINEAR = "torch.nn.Linear"
_linear = _run(lambda: nn.Linear(4, 4), 3, 4)
_long = _run(lambda: nn.Linear(300, 7), 5, 300)

LINEAR = [
    Broken("weight transposed", _LINEAR, _linear, "output", in_output(swapped("weight", 0, 1))),
    Broken("bias dropped", _LINEAR, _linear, "output", setting("bias", lambda _: False)),
    Broken(
        "one sample for all",
        _LINEAR,
        _linear,
        "output",
        in_output(reading("input", lambda x: replace(x, indices=(Num(0), *x.indices[1:])))),
    ),
    Broken(
        "one of 300 terms forgotten",
        _LINEAR,
        _long,
        "output",
        in_output(nodes(Range, _without_last)),
    ),
    Broken(
        "one of 300 weights off by one in ten thousand",
        _LINEAR,
        _long,
        "output",
        in_output(reading("weight", lambda w: only(equal(k, 7), w * 1.0001, w))),
    ),
    Broken(
        "outer product transposed",
        _LINEAR,
        _linear,
        "grad weight",
        in_gradient("weight", nodes(Read, _exchanged)),
    ),
    Broken(
        "without upstream",
        _LINEAR,
        _linear,
        "grad x",
        in_gradient("input", reading("grad_output", lambda _: 1)),
    ),
    Broken("one sample alone", _LINEAR, _linear, "grad bias", in_gradient("bias", shortened("n"))),
]


def _some_zero() -> Any:
    """Zeros at the input, and a layer above that sends a gradient back to them."""
    x = torch.randn(3, 4)
    x[0] = 0.0
    return nn.Sequential(nn.ReLU(), nn.Linear(4, 4)), (x,)


def _zero_alone() -> Any:
    """The default loss sends nothing back to an output that is zero."""
    return nn.ReLU(), (torch.tensor([[1.0, 0.0, -1.0]]),)


def _comparison(before: str, after: Any) -> Any:
    return nodes(Compare, lambda n: replace(n, comparison=after) if n.comparison == before else n)


_RELU, _SIGMOID, _TANH, _GELU = (f"torch.nn.{n}" for n in ("ReLU", "Sigmoid", "Tanh", "GELU"))
_relu = _run(nn.ReLU, 3, 4)
_sigmoid = _run(nn.Sigmoid, 3, 4)
_tanh = _run(nn.Tanh, 3, 4)
_exact = _run(nn.GELU, 5, 6)
_approximate = _run(lambda: nn.GELU("tanh"), 5, 6)

ACTIVATIONS = [
    Broken(
        "minimum",
        _RELU,
        _relu,
        "output",
        in_output(nodes(Extreme, lambda n: Extreme("min", n.operands))),
    ),
    Broken("sign", _RELU, _relu, "output", in_output(reading("input", lambda x: -x))),
    Broken("mask inverted", _RELU, _relu, "grad x", in_gradient("input", _comparison("<=", ">"))),
    Broken(
        "zero let through where nothing arrives",
        _RELU,
        _zero_alone,
        "grad x",
        in_gradient("input", _comparison("<=", "<")),
    ),
    Broken(
        "zero let through",
        _RELU,
        _some_zero,
        "grad x",
        in_gradient("input", _comparison("<=", "<")),
    ),
    Broken(
        "sign of the exponent",
        _SIGMOID,
        _sigmoid,
        "output",
        in_output(nodes(Neg, lambda n: n.operand)),
    ),
    Broken(
        "slope σ alone",
        _SIGMOID,
        _sigmoid,
        "grad x",
        in_gradient("input", nodes(Mul, lambda n: Mul(n.factors[:-1]))),
    ),
    Broken(
        "a sigmoid of the same shape",
        _TANH,
        _tanh,
        "output",
        in_output(nodes(Apply, lambda n: Apply("erf", n.operand))),
    ),
    Broken(
        "slope not squared",
        _TANH,
        _tanh,
        "grad x",
        in_gradient("input", nodes(Pow, lambda n: n.base)),
    ),
    Broken("approximation for exact", _GELU, _exact, "output", option("approximate", "tanh")),
    Broken("exact for approximation", _GELU, _approximate, "output", option("approximate", "none")),
    Broken("exact for approximation", _GELU, _approximate, "grad x", option("approximate", "none")),
    Broken(
        "0.0447 for 0.044715", _GELU, _approximate, "output", setting("kappa", lambda _: 0.0447)
    ),
    Broken(
        "0.7979 for √(2/π)",
        _GELU,
        _approximate,
        "output",
        in_output(nodes(Apply, lambda n: Num(0.7979) if n.function == "sqrt" else n)),
    ),
    Broken(
        "density forgotten",
        _GELU,
        _exact,
        "grad x",
        in_gradient("input", reading("density", lambda _: 0)),
    ),
]

_SOFTMAX, _LOG = "torch.nn.Softmax", "torch.nn.LogSoftmax"
_softmax = _run(lambda: nn.Softmax(1), 4, 4)
_log_softmax = _run(lambda: nn.LogSoftmax(1), 4, 4)


def _positive(node: Add) -> Any:
    """a - log Z with a plus instead."""
    terms = [
        t.operand if isinstance(t, Neg) and isinstance(t.operand, Apply) else t for t in node.terms
    ]
    return Add(tuple(terms))


SHARES = [
    Broken("along the other axis", _SOFTMAX, _softmax, "output", option("dim", 0)),
    Broken(
        "not divided",
        _SOFTMAX,
        _softmax,
        "output",
        in_output(nodes(Div, lambda n: n.numerator)),
    ),
    Broken(
        "mean of the upstream gradient forgotten",
        _SOFTMAX,
        _softmax,
        "grad x",
        in_gradient("input", nodes(Neg, lambda n: Num(0) if isinstance(n.operand, Reduce) else n)),
    ),
    Broken("along the other axis", _LOG, _log_softmax, "output", option("dim", 0)),
    Broken("wrong sign", _LOG, _log_softmax, "output", in_output(nodes(Add, _positive))),
    Broken(
        "share forgotten",
        _LOG,
        _log_softmax,
        "grad x",
        in_gradient("input", nodes(Apply, lambda n: Num(1) if isinstance(n.operand, Read) else n)),
    ),
]

_POW, _SQRT, _ABS, _EXP, _LN = (f"torch.{n}" for n in ("pow", "sqrt", "abs", "exp", "log"))


def _calls(function: Callable[..., torch.Tensor], *, positive: bool = False) -> Any:
    # bounded below, so that every slope is finite
    return lambda: (
        Function(function),
        (torch.randn(5, 7).abs() + 0.1 if positive else torch.randn(5, 7),),
    )


POWERS = [
    Broken(
        "another exponent", _POW, _calls(lambda x: torch.pow(x, 2)), "output", option("exponent", 3)
    ),
    Broken(
        "exponent forgotten",
        _POW,
        _calls(lambda x: torch.pow(x, 3)),
        "grad x",
        in_gradient("input", nodes(Mul, lambda n: replace(n, factors=n.factors[1:]))),
    ),
    Broken(
        "not halved",
        _SQRT,
        _calls(torch.sqrt, positive=True),
        "grad x",
        in_gradient("input", nodes(Mul, lambda n: n.factors[1])),
    ),
    Broken(
        "sign forgotten",
        _ABS,
        _calls(torch.abs),
        "grad x",
        in_gradient("input", nodes(Apply, lambda _: Num(1))),
    ),
    Broken(
        "output forgotten",
        _EXP,
        _calls(torch.exp),
        "grad x",
        in_gradient("input", nodes(Apply, lambda _: Num(1))),
    ),
    Broken(
        "not divided",
        _LN,
        _calls(torch.log, positive=True),
        "grad x",
        in_gradient("input", nodes(Div, lambda n: n.numerator)),
    ),
]

CASES = [*LINEAR, *ACTIVATIONS, *SHARES, *POWERS]

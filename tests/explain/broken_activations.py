"""Further activations, and functions of each element, broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from breaking import Broken, Function, in_gradient, in_output, nodes, reading, setting, shortened
from torch import nn

from generator.formula.tree import Add, Apply, Bracket, Compare, Mul, Neg, Num


def _run(module: Callable[[], nn.Module]) -> Any:
    return lambda: (module(), (torch.randn(5, 4),))


def _inverted(node: Compare) -> Any:
    return replace(node, comparison="<=") if node.comparison == ">" else node


_SILU, _SOFTPLUS, _PRELU = (f"torch.nn.{n}" for n in ("SiLU", "Softplus", "PReLU"))
_silu, _softplus = _run(nn.SiLU), _run(lambda: nn.Softplus(beta=2.0, threshold=1.0))
_prelu = _run(lambda: nn.PReLU(4, init=0.3))


def _share_alone(node: Add) -> Any:
    """σ in place of σ (1 + x (1 - σ))."""
    return Num(1) if isinstance(node.terms[-1], Mul) else node


ACTIVATIONS = [
    Broken(
        "sign of the exponent", _SILU, _silu, "output", in_output(nodes(Neg, lambda n: n.operand))
    ),
    Broken("slope σ alone", _SILU, _silu, "grad x", in_gradient("input", nodes(Add, _share_alone))),
    Broken("another β", _SOFTPLUS, _softplus, "output", setting("beta", lambda _: 1.0)),
    Broken("another threshold", _SOFTPLUS, _softplus, "output", setting("threshold", lambda _: 20)),
    Broken("another β", _SOFTPLUS, _softplus, "grad x", setting("beta", lambda _: 1.0)),
    Broken(
        "the line's slope for all",
        _SOFTPLUS,
        _softplus,
        "grad x",
        setting("threshold", lambda _: -100.0),
    ),
    Broken("sides exchanged", _PRELU, _prelu, "output", in_output(nodes(Compare, _inverted))),
    Broken(
        "sides exchanged",
        _PRELU,
        _prelu,
        "grad x",
        in_gradient("input", nodes(Compare, _inverted)),
    ),
    Broken(
        "one sample alone", _PRELU, _prelu, "grad weight", in_gradient("weight", shortened("n"))
    ),
]


def _calls(function: Callable[..., torch.Tensor], operands: int = 1) -> Any:
    # bounded below, so that every power has a slope
    return lambda: (
        Function(function),
        tuple(torch.randn(3, 4).abs() + 0.1 for _ in range(operands)),
    )


_CLAMP, _POW, _SIN = (f"torch.{n}" for n in ("clamp", "pow", "sin"))
_clamp, _sin = _calls(lambda x: torch.clamp(x, 0.3, 0.9)), _calls(torch.sin)
_pow = _calls(torch.pow, 2)

FUNCTIONS = [
    Broken("0.901 for 0.9", _CLAMP, _clamp, "output", setting("u", lambda _: 0.901)),
    Broken(
        "let through beyond the bounds",
        _CLAMP,
        _clamp,
        "grad x",
        in_gradient("input", nodes(Bracket, lambda _: Num(1))),
    ),
    Broken(
        "exponent one larger", _POW, _pow, "output", in_output(reading("exponent", lambda z: z + 1))
    ),
    Broken(
        "exponent forgotten",
        _POW,
        _pow,
        "grad x",
        in_gradient("input", nodes(Mul, lambda n: Mul((n.factors[0], *n.factors[2:])))),
    ),
    Broken(
        "logarithm forgotten",
        _POW,
        _pow,
        "grad exponent",
        in_gradient("exponent", nodes(Apply, lambda _: Num(1))),
    ),
    Broken(
        "cosine", _SIN, _sin, "output", in_output(nodes(Apply, lambda n: Apply("cos", n.operand)))
    ),
    Broken(
        "wrong sign",
        _SIN,
        _sin,
        "grad x",
        in_gradient("input", nodes(Apply, lambda n: -n)),
    ),
]

CASES = [*ACTIVATIONS, *FUNCTIONS]

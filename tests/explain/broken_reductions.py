"""Variance, norms and logsumexp, broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from breaking import Broken, Function, in_gradient, in_output, nodes, option, reading, setting

from generator.formula.tree import Add, Apply, Div, Neg, Num, Pow


def _run(function: Callable[..., Any], *shape: int) -> Any:
    return lambda: (Function(function), (torch.randn(shape),))


_VAR, _NORM, _LSE = "torch.var", "torch.linalg.vector_norm", "torch.logsumexp"
_var = _run(lambda x: torch.var(x, 1), 5, 5)
_norm = _run(lambda x: torch.linalg.vector_norm(x, dim=1), 5, 5)
_cubes = _run(lambda x: torch.linalg.vector_norm(x, 3, dim=1), 5, 5)
_lse = _run(lambda x: torch.logsumexp(x, 1), 5, 5)


def _without_shift(node: Add) -> Any:
    last = node.terms[-1]
    return last if isinstance(last, Apply) and last.function == "log" else node


CASES = [
    Broken("divided by the count", _VAR, _var, "output", setting("delta", lambda _: 0)),
    Broken("mean not subtracted", _VAR, _var, "output", in_output(reading("mean", lambda _: 0))),
    Broken(
        "mean not subtracted",
        _VAR,
        _var,
        "grad x",
        in_gradient("input", reading("mean", lambda _: 0)),
    ),
    Broken(
        "2 forgotten",
        _VAR,
        _var,
        "grad x",
        in_gradient("input", nodes(Num, lambda n: Num(1) if n.value == 2 else n)),
    ),
    Broken("no root", _NORM, _norm, "output", in_output(nodes(Apply, lambda n: n.operand))),
    Broken("over the other axis", _NORM, _norm, "output", option("dim", 0)),
    Broken(
        "not divided",
        _NORM,
        _norm,
        "grad x",
        in_gradient("input", nodes(Div, lambda n: n.numerator)),
    ),
    Broken("another order", _NORM, _cubes, "output", option("ord", 2)),
    Broken(
        "no power",
        _NORM,
        _cubes,
        "grad x",
        in_gradient("input", nodes(Pow, lambda n: n.base)),
    ),
    Broken("maximum forgotten", _LSE, _lse, "output", in_output(nodes(Add, _without_shift))),
    Broken(
        "not a share",
        _LSE,
        _lse,
        "grad x",
        in_gradient("input", nodes(Neg, lambda _: Num(0))),
    ),
]

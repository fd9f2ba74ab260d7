"""Attention, broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from breaking import (
    Broken,
    Function,
    in_further_output,
    in_gradient,
    in_output,
    nodes,
    option,
    reading,
    shortened,
    stage,
    symbol,
)
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Apply, Div, Num, Range, Sym

_SDPA, _MHA = "torch.nn.functional.scaled_dot_product_attention", "torch.nn.MultiheadAttention"


def _run(**options: Any) -> Any:
    def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(q, k, v, **options)

    return lambda: (Function(attention), tuple(torch.randn(1, 2, 4, 3) for _ in range(3)))


def _heads(dropout: float = 0.0) -> Any:
    """Its biases are not the zeros that they begin as."""
    module = nn.MultiheadAttention(6, 2, dropout, batch_first=True)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-1, 1)
    return module, tuple(torch.randn(2, 3, 6) for _ in range(3))


def _dropping_heads() -> Any:
    return _heads(0.4)


_plain, _causal, _dropping = _run(), _run(is_causal=True), _run(dropout_p=0.4)
_UNSCALED = nodes(Apply, lambda n: Num(1) if n.function == "sqrt" else n)
_UNDROPPED = reading("kept", lambda _: 1)
_SMALL = symbol("rate", lambda _: 0)
_SHIFTLESS = reading("mean_gradient", lambda _: 0)


def _without_last(span: Range) -> Range:
    return replace(span, stop=span.stop + Num(-1)) if span.var.name == "j" else span


def _undivided(node: Div) -> Any:
    by_heads = isinstance(node.denominator, Sym) and node.denominator.name == "H"
    return node.numerator if by_heads else node


PRODUCTS = [
    Broken("not scaled", _SDPA, _plain, "output", in_output(_UNSCALED)),
    Broken(
        "one key left out of the normaliser",
        _SDPA,
        _plain,
        "output",
        in_output(stage("normaliser", nodes(Range, _without_last))),
    ),
    Broken("mask forgotten", _SDPA, _causal, "output", option("is_causal", False)),
    Broken("mask forgotten", _SDPA, _causal, "grad key", option("is_causal", False)),
    Broken(
        "mean gradient forgotten", _SDPA, _plain, "grad query", in_gradient("query", _SHIFTLESS)
    ),
    Broken("mean gradient forgotten", _SDPA, _plain, "grad key", in_gradient("key", _SHIFTLESS)),
    Broken("not scaled", _SDPA, _plain, "grad query", in_gradient("query", _UNSCALED)),
    Broken(
        "not weighted",
        _SDPA,
        _plain,
        "grad value",
        in_gradient("value", reading("weights", lambda _: 1)),
    ),
]

HEADS = [
    Broken("not scaled", _MHA, _heads, "output", in_output(_UNSCALED)),
    Broken(
        "bias dropped",
        _MHA,
        _heads,
        "output",
        in_output(stage("q", reading("in_proj_bias", lambda _: 0))),
    ),
    Broken("one head alone", _MHA, _heads, "output", in_output(shortened("h"))),
    Broken(
        "sum for mean",
        _MHA,
        _heads,
        "output weights",
        in_further_output(1, nodes(Div, _undivided)),
    ),
    Broken("mean gradient forgotten", _MHA, _heads, "grad query", in_gradient("query", _SHIFTLESS)),
    Broken("not scaled", _MHA, _heads, "grad key", in_gradient("key", _UNSCALED)),
    Broken(
        "not weighted",
        _MHA,
        _heads,
        "grad value",
        in_gradient("value", reading("weights", lambda _: 1)),
    ),
    Broken(
        "one sample alone",
        _MHA,
        _heads,
        "grad in_proj_weight",
        in_gradient("in_proj_weight", shortened("n")),
    ),
    Broken(
        "one sample alone",
        _MHA,
        _heads,
        "grad out_proj.weight",
        in_gradient("out_proj.weight", shortened("n")),
    ),
]

DROPPED = [
    Broken("nothing dropped", _SDPA, _dropping, "output", in_output(_UNDROPPED)),
    Broken("what is kept not enlarged", _SDPA, _dropping, "output", in_output(_SMALL)),
    Broken(
        "dropped weights sent back",
        _SDPA,
        _dropping,
        "grad query",
        in_gradient("query", stage("grad_weights", _UNDROPPED)),
    ),
    Broken("nothing dropped", _SDPA, _dropping, "grad value", in_gradient("value", _UNDROPPED)),
    Broken("nothing dropped", _MHA, _dropping_heads, "output", in_output(_UNDROPPED)),
    Broken(
        "weights before dropout",
        _MHA,
        _dropping_heads,
        "output weights",
        in_further_output(1, _UNDROPPED),
    ),
    Broken(
        "what is kept not enlarged",
        _MHA,
        _dropping_heads,
        "grad key",
        in_gradient("key", stage("grad_weights", _SMALL)),
    ),
]

CASES = [*PRODUCTS, *HEADS, *DROPPED]

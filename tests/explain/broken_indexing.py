"""Reading and writing where indices say, and what is chosen, broken."""

from __future__ import annotations

from collections.abc import Callable
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
    setting,
    shortened,
    swapped,
)
from torch import nn

from generator.formula.tree import Bracket, Compare, Num, Read, Reduce, Var

k, n = Var("k"), Var("n")


def _run(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
    return lambda: (Function(function), tuple(torch.randn(s) for s in shapes))


def _tokens() -> Any:
    return nn.Embedding(5, 3), (torch.tensor([[0, 2, 1], [1, 1, 3]]),)


def _next_row(read: Read) -> Read:
    row, *rest = read.indices
    return replace(read, indices=((row + 1) % 5, *rest))


_EMBEDDING, _GATHER, _GETITEM = "torch.nn.Embedding", "torch.gather", "torch.Tensor.__getitem__"
_PLACES = torch.tensor([[0, 1, 1], [2, 2, 3], [3, 0, 0], [1, 2, 0]])
_ROWS = torch.tensor([0, 2, 2])
_gather = _run(lambda x: torch.gather(x, 1, _PLACES), (4, 4))
_getitem = _run(lambda x: x[_ROWS, 1:3], (4, 4))

READ = [
    Broken("the next row", _EMBEDDING, _tokens, "output", in_output(reading("weight", _next_row))),
    Broken(
        "one use alone", _EMBEDDING, _tokens, "grad weight", in_gradient("weight", shortened("t"))
    ),
    Broken("along the other axis", _GATHER, _gather, "output", in_output(swapped("input", 0, 1))),
    Broken("one use alone", _GATHER, _gather, "grad x", in_gradient("input", shortened("k"))),
    Broken("slice one earlier", _GETITEM, _getitem, "output", setting("start_i", lambda s: s - 1)),
    Broken("one use alone", _GETITEM, _getitem, "grad x", in_gradient("input", shortened("k"))),
]

_SCATTER = "torch.scatter_add"
_scattered = _run(lambda x, s: torch.scatter_add(x, 1, _PLACES, s), (4, 4), (4, 3))

WRITTEN = [
    Broken("one of several added", _SCATTER, _scattered, "output", in_output(shortened("k"))),
    Broken(
        "what was there forgotten",
        _SCATTER,
        _scattered,
        "output",
        in_output(reading("input", lambda _: 0)),
    ),
    Broken(
        "wrong sign",
        _SCATTER,
        _scattered,
        "grad x",
        in_gradient("input", reading("grad_output", lambda g: -g)),
    ),
    Broken(
        "index ignored",
        _SCATTER,
        _scattered,
        "grad src",
        in_gradient("src", reading("grad_output", lambda g: replace(g, indices=(n, k)))),
    ),
]

_TOPK, _MAX, _WHERE = "torch.topk", "torch.max", "torch.where"
_topk = _run(lambda x: torch.topk(x, 2, 1), (3, 5))
_max = _run(lambda x: torch.max(x, 1), (3, 5))


def _where() -> Any:
    mask = torch.rand(3, 4) > 0.5
    return Function(lambda x, z: torch.where(mask, x, z)), (torch.randn(3, 4), torch.randn(3, 4))


def _opposite(node: Reduce) -> Any:
    kinds: dict[str, Any] = {"max": "min", "argmax": "argmin"}
    return replace(node, kind=kinds.get(node.kind, node.kind))


def _negated(node: Compare) -> Any:
    found: dict[str, Any] = {"!=": "=", "=": "!="}
    return replace(node, comparison=found.get(node.comparison, node.comparison))


CHOSEN = [
    Broken(
        "in the other order",
        _TOPK,
        _topk,
        "output",
        in_output(reading("output_1", lambda p: replace(p, indices=(n, 1 - k)))),
    ),
    Broken("the smallest", _TOPK, _topk, "output indices", option("largest", False)),
    Broken("the first alone", _TOPK, _topk, "grad x", in_gradient("input", shortened("k"))),
    Broken("minimum", _MAX, _max, "output", in_output(nodes(Reduce, _opposite))),
    Broken(
        "of the minimum",
        _MAX,
        _max,
        "output indices",
        in_further_output(1, nodes(Reduce, _opposite)),
    ),
    Broken(
        "every element",
        _MAX,
        _max,
        "grad x",
        in_gradient("input", nodes(Bracket, lambda _: Num(1))),
    ),
    Broken("mask inverted", _WHERE, _where, "output", in_output(nodes(Compare, _negated))),
    Broken(
        "mask inverted", _WHERE, _where, "grad x", in_gradient("input", nodes(Compare, _negated))
    ),
    Broken(
        "mask forgotten",
        _WHERE,
        _where,
        "grad other",
        in_gradient("other", nodes(Bracket, lambda _: Num(1))),
    ),
]

CASES = [*READ, *WRITTEN, *CHOSEN]

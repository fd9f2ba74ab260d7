"""Movement of data, arithmetic of two tensors, reductions and dropout, broken."""

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
    option,
    reading,
    setting,
    shortened,
    swapped,
)
from torch import nn

from generator.formula.tree import Add, Div, Mul, Read, Var


def _run(function: Callable[..., torch.Tensor], *shapes: tuple[int, ...]) -> Any:
    return lambda: (Function(function), tuple(torch.randn(s) for s in shapes))


def _columns_first(read: Read) -> Read:
    *lead, row, column = read.indices
    return replace(read, indices=(*lead, column, row))


def _backwards(read: Read) -> Read:
    row, column = read.indices
    return replace(read, indices=(row, 7 - column))


_FLATTEN, _RESHAPE, _PERMUTE = "torch.flatten", "torch.reshape", "torch.permute"
_flatten = _run(lambda x: torch.flatten(x, 1), (2, 2, 3, 3))
_reshape = _run(lambda x: torch.reshape(x, (4, 4)), (2, 8))
_permute = _run(lambda x: torch.permute(x, (0, 2, 3, 1)), (1, 3, 3, 3))

SHAPES = [
    Broken(
        "columns before rows",
        _FLATTEN,
        _flatten,
        "output",
        in_output(reading("input", _columns_first)),
    ),
    Broken("rows backwards", _RESHAPE, _reshape, "output", in_output(reading("input", _backwards))),
    Broken("two axes swapped", _PERMUTE, _permute, "output", in_output(swapped("input", 1, 3))),
    Broken(
        "two axes swapped on the way back",
        _PERMUTE,
        _permute,
        "grad x",
        in_gradient("input", swapped("grad_output", 1, 2)),
    ),
]

_ADD, _MUL = "torch.add", "torch.mul"
_sum = _run(torch.add, (3, 4), (3, 4))
_scaled = _run(lambda x, z: torch.add(x, z, alpha=0.5), (3, 4), (3, 4))
_repeated = _run(torch.add, (4, 4), (4,))
_product = _run(torch.mul, (3, 4), (3, 4))


def _along_rows(read: Read) -> Read:
    return replace(read, indices=(Var("n"),))


PAIRS = [
    Broken("minus", _ADD, _sum, "output", in_output(reading("other", lambda z: -z))),
    Broken("alpha forgotten", _ADD, _scaled, "output", option("alpha", 1)),
    Broken("alpha forgotten", _ADD, _scaled, "grad other", option("alpha", 1)),
    Broken(
        "repeated along the other axis",
        _ADD,
        _repeated,
        "output",
        in_output(reading("other", _along_rows)),
    ),
    Broken("one use alone", _ADD, _repeated, "grad other", in_gradient("other", shortened("n"))),
    Broken("sum", _MUL, _product, "output", in_output(nodes(Mul, lambda n: Add(n.factors)))),
    Broken(
        "the operand itself",
        _MUL,
        _product,
        "grad x",
        in_gradient("input", reading("other", lambda z: Read("input", z.indices))),
    ),
    Broken(
        "without upstream",
        _MUL,
        _product,
        "grad other",
        in_gradient("other", reading("grad_output", lambda _: 1)),
    ),
]

_MEAN, _SUM = "torch.mean", "torch.sum"
_mean = _run(lambda x: torch.mean(x, 1), (5, 5))
_rows = _run(lambda x: torch.sum(x, 1), (5, 5))

REDUCTIONS = [
    Broken("divided by one less", _MEAN, _mean, "output", setting("M", lambda m: m - 1)),
    Broken("over the other axis", _MEAN, _mean, "output", option("dim", 0)),
    Broken(
        "not divided",
        _MEAN,
        _mean,
        "grad x",
        in_gradient("input", nodes(Div, lambda n: n.numerator)),
    ),
    Broken("over the other axis", _SUM, _rows, "output", option("dim", 0)),
    Broken(
        "wrong sign",
        _SUM,
        _rows,
        "grad x",
        in_gradient("input", reading("grad_output", lambda g: -g)),
    ),
]


def _dropout(training: bool) -> Any:
    return lambda: (nn.Dropout(0.25).train(training), (torch.randn(6, 8),))


_DROPOUT = "torch.nn.Dropout"
_inverted = reading("mask", lambda m: 1 - m)

DROPOUT = [
    Broken("mask inverted", _DROPOUT, _dropout(True), "output", in_output(_inverted)),
    Broken("mask inverted", _DROPOUT, _dropout(True), "grad x", in_gradient("input", _inverted)),
    Broken("scaled by p", _DROPOUT, _dropout(True), "output", setting("p", lambda p: 1 - p)),
    Broken(
        "not scaled",
        _DROPOUT,
        _dropout(True),
        "output",
        in_output(nodes(Div, lambda n: n.numerator)),
    ),
    Broken(
        "scaled in evaluation",
        _DROPOUT,
        _dropout(False),
        "output",
        in_output(reading("input", lambda x: x * 0.75)),
    ),
]

CASES = [*SHAPES, *PAIRS, *REDUCTIONS, *DROPOUT]

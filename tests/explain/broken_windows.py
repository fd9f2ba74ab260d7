"""Convolution and pooling, broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from breaking import (
    Broken,
    in_gradient,
    in_output,
    nodes,
    only,
    option,
    reading,
    rewritten,
    setting,
    shortened,
    swapped,
    symbol,
)
from torch import nn

from generator.formula.build import bracket, equal, every, smaller
from generator.formula.tree import Div, FloorDiv, Mod, Num, Outside, Read, Reduce, Tensor, Var

c, i, j, o = (Var(name) for name in "cijo")


def _run(module: Callable[[], nn.Module], *shape: int) -> Any:
    return lambda: (module(), (torch.randn(shape),))


def _ties() -> Any:
    """Windows with several maxima, none of them zero, so that a gradient reaches them."""
    return nn.MaxPool2d(2), (torch.randint(1, 3, (2, 3, 6, 6)).float(),)


_conv = _run(lambda: nn.Conv2d(2, 3, 3, padding=1), 2, 2, 6, 6)
_wide = _run(lambda: nn.Conv2d(8, 2, 3, padding=1), 1, 8, 5, 5)
_strided = _run(lambda: nn.Conv2d(2, 3, 3, stride=2, padding=1), 1, 2, 9, 9)
_dilated = _run(lambda: nn.Conv2d(2, 3, 3, dilation=2, padding=2), 1, 2, 7, 7)
_square = _run(lambda: nn.Conv2d(3, 3, 3), 1, 3, 5, 5)
_grouped = _run(lambda: nn.Conv2d(4, 4, 3, groups=2), 1, 4, 5, 5)
_reflected = _run(lambda: nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), 1, 1, 5, 5)
_CONV = "torch.nn.Conv2d"
_HERE = every(equal(c, 3), equal(i, 1), equal(j, 2))


def _replicated(tensor: Tensor) -> Tensor:
    reflects = tensor.outside == Outside("reflect")
    return replace(tensor, outside=Outside("replicate")) if reflects else tensor


def _other_group(node: FloorDiv) -> Any:
    return Mod(o, node.denominator) if node.numerator == o else node


CONVOLUTIONS = [
    Broken("rows and columns swapped", _CONV, _conv, "output", in_output(swapped("weight", 2, 3))),
    Broken("weight transposed", _CONV, _square, "output", in_output(swapped("weight", 0, 1))),
    Broken("bias dropped", _CONV, _conv, "output", setting("bias", lambda _: False)),
    Broken("padding shifted by one", _CONV, _conv, "output", setting("p_h", lambda p: p + 1)),
    Broken("stride off by one", _CONV, _strided, "output", setting("s_w", lambda s: s - 1)),
    Broken("stride off by one", _CONV, _strided, "grad x", setting("s_h", lambda s: s + 1)),
    Broken("dilation forgotten", _CONV, _dilated, "output", setting("d_h", lambda _: 1)),
    Broken("wrong group", _CONV, _grouped, "output", in_output(nodes(FloorDiv, _other_group))),
    Broken(
        "reflected padding replicated",
        _CONV,
        _reflected,
        "output",
        in_output(nodes(Tensor, _replicated)),
    ),
    Broken(
        "one of 72 terms doubled",
        _CONV,
        _wide,
        "output",
        in_output(reading("weight", lambda w: w * (1 + bracket(_HERE)))),
    ),
    Broken(
        "one weight off by one in ten thousand",
        _CONV,
        _wide,
        "output",
        in_output(reading("weight", lambda w: only(_HERE, w * 1.0001, w))),
    ),
    Broken(
        "filter not transposed on the way back",
        _CONV,
        _square,
        "grad x",
        in_gradient("input", swapped("weight", 0, 1)),
    ),
    Broken(
        "padding shifted by one on the way back",
        _CONV,
        _conv,
        "grad x",
        in_gradient("input", symbol("p_w", lambda p: p - 1)),
    ),
    Broken("one sample alone", _CONV, _conv, "grad weight", in_gradient("weight", shortened("n"))),
    Broken(
        "without upstream",
        _CONV,
        _conv,
        "grad bias",
        in_gradient("bias", reading("grad_output", lambda _: 1)),
    ),
    Broken(
        "kernel reversed",
        "torch.nn.Conv1d",
        _run(lambda: nn.Conv1d(2, 3, 3), 2, 2, 8),
        "output",
        in_output(reading("weight", lambda w: replace(w, indices=(o, c, 2 - i)))),
    ),
    Broken(
        "planes and rows swapped",
        "torch.nn.Conv3d",
        _run(lambda: nn.Conv3d(1, 2, 2), 1, 1, 3, 3, 3),
        "output",
        in_output(swapped("weight", 2, 3)),
    ),
]


def _smallest(node: Reduce) -> Reduce:
    return replace(node, kind="min") if node.kind == "max" else node


def _last_tie(node: Reduce) -> Any:
    """The position of the last maximum: the first one from the end."""
    if node.kind != "argmax":
        return node
    backwards = rewritten(node.body, lambda n: 1 - n if n in {i, j} else n)
    return Num(3) + -replace(node, body=backwards)


def _undivided(node: Div) -> Any:
    return node.numerator


def _one_later(read: Read) -> Read:
    """Within the input: at most its last row."""
    *lead, row, column = read.indices
    return replace(read, indices=(*lead, smaller(row + 1, 6), column))


_ADAPTIVE = "torch.nn.AdaptiveAvgPool2d"
_uneven = _run(lambda: nn.AdaptiveAvgPool2d(3), 1, 2, 7, 7)
_even = _run(lambda: nn.AdaptiveAvgPool2d(2), 1, 2, 6, 6)
_MAX, _AVG = "torch.nn.MaxPool2d", "torch.nn.AvgPool2d"
_padded_mean = _run(lambda: nn.AvgPool2d(3, 2, 1, count_include_pad=False), 1, 2, 6, 6)

POOLINGS = [
    Broken("minimum", _MAX, _ties, "output", in_output(nodes(Reduce, _smallest))),
    Broken("the last tie", _MAX, _ties, "grad x", in_gradient("input", nodes(Reduce, _last_tie))),
    Broken("stride off by one", _MAX, _ties, "output", setting("s_h", lambda s: s - 1)),
    Broken("window too small", _MAX, _ties, "output", setting("K_w", lambda k: k - 1)),
    Broken(
        "shifted by one",
        _MAX,
        _run(lambda: nn.MaxPool2d(3, 2, 1), 1, 2, 7, 7),
        "output",
        setting("p_w", lambda p: p - 1),
    ),
    Broken("padding counted", _AVG, _padded_mean, "output", option("count_include_pad", True)),
    Broken(
        "not divided",
        _AVG,
        _run(lambda: nn.AvgPool2d(2), 2, 3, 4, 4),
        "output",
        in_output(nodes(Div, _undivided)),
    ),
    Broken(
        "not divided on the way back",
        _AVG,
        _padded_mean,
        "grad x",
        in_gradient("input", nodes(Div, _undivided)),
    ),
    Broken(
        "divisor_override ignored",
        _AVG,
        _run(lambda: nn.AvgPool2d(2, divisor_override=3), 1, 1, 4, 4),
        "output",
        option("divisor_override", None),
    ),
    Broken(
        "windows that start one later",
        _ADAPTIVE,
        _uneven,
        "output",
        in_output(reading("input", _one_later)),
    ),
    Broken(
        "divided by another count",
        _ADAPTIVE,
        _even,
        "output",
        in_output(reading("cells", lambda r: r + 1)),
    ),
    Broken(
        "not divided",
        _ADAPTIVE,
        _uneven,
        "grad x",
        in_gradient("input", nodes(Div, _undivided)),
    ),
]

CASES = [*CONVOLUTIONS, *POOLINGS]

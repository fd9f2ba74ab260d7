"""Products of matrices and complex numbers, transposed convolution, Fourier transforms, broken."""

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
    reading,
    setting,
    shortened,
    swapped,
)
from torch import nn

from generator.formula.tree import Apply, Neg, Num, Range


def _run(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
    return lambda: (Function(function), tuple(torch.randn(s) for s in shapes))


def _without_last(span: Range) -> Range:
    return replace(span, stop=span.stop + Num(-1))


_MATMUL, _EINSUM = "torch.matmul", "torch.einsum"
_matmul = _run(torch.matmul, (2, 3, 3), (2, 3, 3))
_long = _run(torch.matmul, (4, 300), (300, 5))
_einsum = _run(lambda x, z: torch.einsum("bij,bjk->bik", x, z), (2, 3, 3), (2, 3, 3))

MATRICES = [
    Broken("factor transposed", _MATMUL, _matmul, "output", in_output(swapped("other", 1, 2))),
    Broken(
        "one of 300 terms forgotten",
        _MATMUL,
        _long,
        "output",
        in_output(nodes(Range, _without_last)),
    ),
    Broken(
        "factor not transposed",
        _MATMUL,
        _matmul,
        "grad x",
        in_gradient("input", swapped("other", 1, 2)),
    ),
    Broken(
        "factor not transposed",
        _MATMUL,
        _matmul,
        "grad other",
        in_gradient("other", swapped("input", 1, 2)),
    ),
    Broken(
        "factor transposed", _EINSUM, _einsum, "output", in_output(swapped("operands[1]", 1, 2))
    ),
    Broken(
        "one term alone",
        _EINSUM,
        _einsum,
        "grad operands[0]",
        in_gradient("operands[0]", shortened("k")),
    ),
    Broken(
        "without upstream",
        _EINSUM,
        _einsum,
        "grad operands[1]",
        in_gradient("operands[1]", reading("grad_output", lambda _: 1)),
    ),
]


def _transposed() -> Any:
    return nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1), (torch.randn(2, 2, 4, 4),)


_TRANSPOSED = "torch.nn.ConvTranspose2d"

CONVOLUTIONS = [
    Broken(
        "rows and columns swapped",
        _TRANSPOSED,
        _transposed,
        "output",
        in_output(swapped("weight", 2, 3)),
    ),
    Broken("shifted by one", _TRANSPOSED, _transposed, "output", setting("p_h", lambda p: p - 1)),
    Broken("bias dropped", _TRANSPOSED, _transposed, "output", setting("bias", lambda _: False)),
    Broken(
        "rows and columns swapped on the way back",
        _TRANSPOSED,
        _transposed,
        "grad x",
        in_gradient("input", swapped("weight", 2, 3)),
    ),
    Broken(
        "one sample alone",
        _TRANSPOSED,
        _transposed,
        "grad weight",
        in_gradient("weight", shortened("n")),
    ),
    Broken(
        "one row alone",
        _TRANSPOSED,
        _transposed,
        "grad bias",
        in_gradient("bias", shortened("h")),
    ),
]


def _of_pairs(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    product = torch.mul(torch.view_as_complex(x), torch.view_as_complex(z))
    return torch.view_as_real(product)


_MUL, _FFT, _RFFT = "torch.mul", "torch.fft.fft", "torch.fft.rfft"
_mul = _run(_of_pairs, (3, 2), (3, 2))
_fft = _run(lambda x: torch.view_as_real(torch.fft.fft(torch.view_as_complex(x))), (2, 6, 2))
_rfft = _run(lambda x: torch.view_as_real(torch.fft.rfft(x)), (2, 6))
_plus = nodes(Neg, lambda n: n.operand)


def _exchanged(node: Apply) -> Apply:
    found = {"sin": "cos", "cos": "sin"}
    return replace(node, function=found.get(node.function, node.function))


COMPLEX = [
    Broken("i² = 1", _MUL, _mul, "output", in_output(_plus)),
    Broken("factor not conjugated", _MUL, _mul, "grad x", in_gradient("input", _plus)),
    Broken("factor not conjugated", _MUL, _mul, "grad other", in_gradient("other", _plus)),
    Broken("turned the other way", _FFT, _fft, "output", in_output(_plus)),
    Broken("turned the other way", _FFT, _fft, "grad x", in_gradient("input", _plus)),
    Broken("turned the other way", _RFFT, _rfft, "output", in_output(_plus)),
    Broken("sine for cosine", _RFFT, _rfft, "output", in_output(nodes(Apply, _exchanged))),
    Broken("turned the other way", _RFFT, _rfft, "grad x", in_gradient("input", _plus)),
    Broken("3.1416 for π", _FFT, _fft, "output", setting("turn", lambda _: 6.2832)),
]

CASES = [*MATRICES, *CONVOLUTIONS, *COMPLEX]

"""Movement of data between places and sizes, broken."""

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
    symbol,
)
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence

from generator.formula.tree import Compare, Mul, Neg, Num, Range, Read


def _run(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Any:
    return lambda: (Function(function), tuple(torch.randn(s) for s in shapes))


def _from_start(_: Any) -> Any:
    return 0


def _negative(read: Read) -> Any:
    return -read


def _counted_too(node: Compare) -> Compare:
    return replace(node, comparison=">=") if node.comparison == ">" else node


_CAT, _SPLIT, _DIFF = "torch.cat", "torch.split", "torch.diff"
_cat = _run(lambda x, z: torch.cat([x, z], 1), (2, 3), (2, 3))
_split = _run(lambda x: torch.split(x, 3, 1), (2, 6))
_diff = _run(lambda x, b: torch.diff(x, prepend=b), (3, 5), (3, 1))

PIECES = [
    Broken(
        "the first operand twice",
        _CAT,
        _cat,
        "output",
        in_output(reading("tensors[1]", lambda x: Read("tensors[0]", x.indices))),
    ),
    Broken(
        "the first piece for the second",
        _CAT,
        _cat,
        "grad tensors[1]",
        in_gradient("tensors[1]", symbol("o_1", _from_start)),
    ),
    Broken(
        "the first piece twice",
        _SPLIT,
        _split,
        "output 1",
        in_further_output(1, symbol("o_1", _from_start)),
    ),
    Broken(
        "the first piece's gradient twice",
        _SPLIT,
        _split,
        "grad x",
        in_gradient("input", reading("grad_output_1", lambda g: Read("grad_output", g.indices))),
    ),
    Broken("sum", _DIFF, _diff, "output", in_output(nodes(Neg, lambda n: n.operand))),
    Broken("sum", _DIFF, _diff, "grad x", in_gradient("input", nodes(Neg, lambda n: n.operand))),
    Broken(
        "sign of what is put before",
        _DIFF,
        _diff,
        "grad prepend",
        in_gradient("prepend", reading("grad_output", _negative)),
    ),
]

_PAD, _RESIZED = "torch.nn.functional.pad", "torch.nn.functional.interpolate"
_reflected = _run(lambda x: F.pad(x, (1, 2, 1, 1), mode="reflect"), (1, 2, 4, 4))
_constant = _run(lambda x: F.pad(x, (1, 2), value=0.5), (2, 4))
_nearest = _run(lambda x: F.interpolate(x, scale_factor=2), (1, 2, 3, 3))
_bilinear = _run(lambda x: F.interpolate(x, (5, 5), mode="bilinear"), (1, 2, 3, 3))


def _unweighted(node: Mul) -> Any:
    last = node.factors[-1]
    return last if isinstance(last, Read) and last.tensor == "grad_output" else node


BORDERS = [
    Broken("shifted by one", _PAD, _reflected, "output", setting("p_w", lambda p: p + 1)),
    Broken(
        "mirror images forgotten",
        _PAD,
        _reflected,
        "grad x",
        in_gradient("input", shortened("k_1")),
    ),
    Broken("0.501 for 0.5", _PAD, _constant, "output", setting("v", lambda _: 0.501)),
    Broken(
        "shifted by one on the way back",
        _PAD,
        _constant,
        "grad x",
        in_gradient("input", symbol("p_i", lambda p: p - 1)),
    ),
    Broken("rows not repeated", _RESIZED, _nearest, "output", setting("b_h", lambda b: 3 * b)),
    Broken(
        "one row's gradient alone",
        _RESIZED,
        _nearest,
        "grad x",
        in_gradient("input", shortened("h'")),
    ),
    Broken("corners aligned", _RESIZED, _bilinear, "output", option("align_corners", True)),
    Broken("corners aligned", _RESIZED, _bilinear, "grad x", option("align_corners", True)),
    Broken(
        "not weighted",
        _RESIZED,
        _bilinear,
        "grad x",
        in_gradient("input", nodes(Mul, _unweighted)),
    ),
]

_CUMSUM = "torch.cumsum"
_cumsum = _run(lambda x: torch.cumsum(x, 1), (4, 4))

RUNNING = [
    Broken("along the other axis", _CUMSUM, _cumsum, "output", option("dim", 0)),
    Broken(
        "itself left out",
        _CUMSUM,
        _cumsum,
        "output",
        in_output(nodes(Range, lambda r: replace(r, stop=r.stop + Num(-1)))),
    ),
    Broken(
        "every upstream gradient",
        _CUMSUM,
        _cumsum,
        "grad x",
        in_gradient("input", nodes(Range, lambda r: replace(r, start=Num(0)))),
    ),
]

_PACK, _UNPACK = "torch._pack_padded_sequence", "torch._pad_packed_sequence"
_SIZES = pack_sequence([torch.zeros(n) for n in (4, 2, 1)]).batch_sizes


def _packed(x: torch.Tensor) -> Any:
    return torch._VF._pack_padded_sequence(x, torch.tensor([4, 2, 1]), True)


def _padded(x: torch.Tensor) -> Any:
    return torch._VF._pad_packed_sequence(x, _SIZES, True, 0.5, 4)


_pack, _unpack = _run(_packed, (3, 4, 2)), _run(_padded, (7, 2))


def _samples_backwards(read: Read) -> Read:
    sample, *rest = read.indices
    return replace(read, indices=(2 - sample, *rest))


PACKED = [
    Broken(
        "samples backwards", _PACK, _pack, "output", in_output(reading("input", _samples_backwards))
    ),
    Broken(
        "a step too many",
        _PACK,
        _pack,
        "output batch_sizes",
        in_further_output(1, nodes(Compare, _counted_too)),
    ),
    Broken(
        "wrong sign",
        _PACK,
        _pack,
        "grad x",
        in_gradient("input", reading("grad_output", _negative)),
    ),
    Broken("0.501 for 0.5", _UNPACK, _unpack, "output", setting("padding_value", lambda _: 0.501)),
    Broken(
        "a step too many",
        _UNPACK,
        _unpack,
        "output lengths",
        in_further_output(1, nodes(Compare, _counted_too)),
    ),
    Broken(
        "samples backwards",
        _UNPACK,
        _unpack,
        "grad x",
        in_gradient("input", reading("grad_output", _samples_backwards)),
    ),
]

CASES = [*PIECES, *BORDERS, *RUNNING, *PACKED]

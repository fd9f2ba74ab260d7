r"""How far the partial sums of a sum reach, whatever order a library adds in.

A sum that rounds each of its partial sums P independently has the error variance u²·Σ P². The order
is the library's own, so Σ P² is formed in several, and the largest counts:

- as written, and with the axes reversed (a library may keep its channels last);
- in 16 and in 8 interleaved lanes, as vector registers add;
- in random order, in expectation: the sum of k among c terms has the mean k/c·T and the variance
  k·(c-k)/c·s², where s² is the terms' sample variance, so that Σ E P² = (c-1)·T²/3 + c²·s²/6 to
  leading order.

Contiguous blocks and pairwise adding make partial sums of fewer terms than adding as written.

Of many terms the running sum is formed at the ends of a few blocks of r terms alone: along a
straight line P² is convex, so that r·Σ P² over the ends bounds it, and how far the sum strays from
the line within a block is less than what the random order counts. Adding 0 rounds nothing: among c
terms that are not 0, c - 1 partial sums round, and Σ P² ≤ (c-1)·max P².
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

LANES = 16
BLOCKS = 16
FEW = 2 * BLOCKS
"""So many terms are added one by one."""


@dataclass(frozen=True, slots=True)
class PartialSums:
    """What the terms of a sum say of its rounding; each tensor has the shape of the result."""

    squares: Tensor
    """Σ P² over the partial sums that round, in the worst of the orders."""
    power: Tensor
    """Σ term²."""
    present: Tensor
    """How many terms are not 0."""


def partial_sums(terms: Tensor, axes: int, total: Tensor) -> PartialSums:
    """The partial sums of the terms over their `axes` leading axes, whose sum is `total`."""
    flat = terms.flatten(0, axes - 1)
    power = flat.square().sum(0)
    present = (flat != 0).sum(0).to(torch.float64)
    rounding = (present - 1).clamp(min=0)
    square = total.square()
    # c²·s² = c·(c·Σt² - T²)/(c-1), the last factor being 1 to leading order
    squares = rounding * square / 3 + (present * power - square).clamp(min=0) / 6
    for running, width in _orders(terms, flat, axes):
        reach = running.square()
        most = reach.amax(0) * rounding
        squares = torch.maximum(squares, torch.minimum(reach.sum(0) * width, most))
    return PartialSums(squares, power, present)


def _orders(terms: Tensor, flat: Tensor, axes: int) -> Iterator[tuple[Tensor, int]]:
    """Running sums at the ends of blocks in several orders, and the terms of one block."""
    if flat.shape[0] <= FEW:
        yield _running(flat), 1
    else:
        cells, width = _blocks(flat, LANES)
        lanes = _running(cells)
        yield _joined(lanes), width
        yield _joined(lanes[:, : LANES // 2] + lanes[:, LANES // 2 :]), width
        yield lanes.sum(1), width * LANES
    if axes > 1:
        # what was the first axis is the innermost, and is added at once
        outer = terms.sum(0)
        outer = outer.permute(*reversed(range(axes - 1)), *range(axes - 1, outer.dim()))
        cells, width = _blocks(outer.flatten(0, axes - 2), 1)
        yield _running(cells[:, 0]), width * terms.shape[0]


def _joined(lanes: Tensor) -> Tensor:
    """The running sums of all lanes, and those of the lanes' sums, which are added last."""
    return torch.cat([lanes.flatten(0, 1), _running(lanes[-1])])


def _blocks(flat: Tensor, lanes: int) -> tuple[Tensor, int]:
    """Sums of blocks for each lane, shape (blocks, lanes, …), and the terms of one such sum."""
    rows = -(-flat.shape[0] // lanes)
    width = 1 if rows <= FEW else -(-rows // BLOCKS)
    blocks = -(-rows // width)
    missing = blocks * width * lanes - flat.shape[0]
    if missing:
        flat = torch.cat([flat, flat.new_zeros(missing, *flat.shape[1:])])
    cells = flat.reshape(blocks, width, lanes, *flat.shape[1:])
    return cells[:, 0] if width == 1 else cells.sum(1), width


def _running(cells: Tensor) -> Tensor:
    """The running sum along axis 0."""
    # a product with a triangle of ones is several times as fast as cumsum along a leading axis
    triangle = _triangle(cells.shape[0], cells.device)
    return (triangle @ cells.flatten(1)).view(cells.shape)


@functools.lru_cache(maxsize=4 * FEW)
def _triangle(count: int, device: torch.device) -> Tensor:
    return torch.ones(count, count, dtype=torch.float64, device=device).tril()

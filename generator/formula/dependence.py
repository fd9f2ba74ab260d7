"""What long sums and products have of errors that are not independent of each other.

Equal terms round alike while a sum grows. Where a share ρ of all pairs of the n terms are equal,
the variance of their errors' sum is (1 + ρ·(n-1)) times the independent one; with ρ = 1, all equal,
that is the worst case, (Σ |error|)² ≤ n·Σ error². The share is counted in n/4 pairs.

A partial sum keeps multiples of its last place U alone, so that each term t loses t mod U, with its
sign, whatever the order: one dominant term makes the small ones lose all alike. Spread evenly over
±U/2 these losses are the independent roundings, which have been counted; what their sum squared has
beyond n·U²/12 is added. U belongs to the largest |P|: a sum that grows steadily has max |P| = √3
times its partial sums' root mean square, and 2 is counted.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from generator.formula.partial_sums import PartialSums


def dependent(
    variance: Tensor, flat: Tensor, result: Tensor, sums: PartialSums, unit: float
) -> Tensor:
    """The variance of a long sum's error with what equal and small terms add to it."""
    rounding = (sums.present - 1).clamp(min=1)
    share = (alike(flat) / sums.present.clamp(min=1).square()).clamp(max=1)
    reach = torch.maximum(2 * (sums.squares / rounding).sqrt(), result.abs())
    last = torch.ldexp(torch.full_like(reach, unit), torch.frexp(reach).exponent)
    below = result / last - (flat / last).round_().sum(0)
    below = (below.square() - sums.present / 12).clamp(min=0)
    return variance * (1 + share * rounding) + below * (last / unit).square()


def alike(flat: Tensor) -> Tensor:
    """How many of all ordered pairs of terms are equal and not 0, estimated from a sample."""
    count = flat.shape[0]
    left, right = _pairs(count, flat.device)
    first, second = flat.index_select(0, left), flat.index_select(0, right)
    return ((first == second) & (first != 0)).sum(0) * (count**2 / left.shape[0])


@functools.lru_cache(maxsize=16)
def _pairs(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Positions of terms to compare, none twice, in a fixed order without a pattern."""
    shuffled = torch.randperm(count, generator=torch.Generator().manual_seed(0)).to(device)
    half = -(-count // 4)
    return shuffled[:half], shuffled[half : 2 * half]

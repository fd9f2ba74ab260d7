"""What a page says of a whole tensor, found once for each tensor of the run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Extremes:
    """The extremes of a real tensor; positions are row-major offsets."""

    tensor: Tensor

    @property
    def flat(self) -> Tensor:
        """All elements, row-major; truth values as integers."""
        flat = self.tensor.reshape(-1)
        return flat.to(torch.uint8) if flat.dtype == torch.bool else flat

    @cached_property
    def finite(self) -> bool:
        """Whether every element is a finite number."""
        low, high = self.range
        return bool(torch.tensor([low, high]).isfinite().all())

    @cached_property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest element; NaN where one is NaN. Not of an empty tensor."""
        low, high = torch.aminmax(self.flat)
        return float(low), float(high)

    @cached_property
    def largest(self) -> float:
        """The largest finite magnitude; 0 where there is none."""
        if not self.flat.numel():
            return 0.0
        if self.finite:
            return max(map(abs, self.range))
        finite = self.flat[self.flat.isfinite()]
        return float(finite.double().abs().max()) if finite.numel() else 0.0

    @cached_property
    def at_largest(self) -> tuple[int, int]:
        """The first element of the largest finite magnitude, and how many have it."""
        low, high = self.range
        sides = {self.largest, -self.largest}
        if self.finite:  # no need to look for an end that is not there
            sides &= {low, high}
        hits = [self.flat == side for side in sorted(sides, reverse=True)]
        counts = [int(torch.count_nonzero(hit)) for hit in hits]
        if not sum(counts):
            return 0, 0
        if self.finite:  # torch names the first of equal elements
            firsts = [end for end in self.ends if abs(float(self.flat[end])) == self.largest]
        else:
            pairs = zip(hits, counts, strict=True)
            firsts = [int(hit.to(torch.uint8).argmax()) for hit, count in pairs if count]
        return min(firsts), sum(counts)

    @cached_property
    def ends(self) -> tuple[int, int]:
        """Where the largest element is, and where the smallest: a NaN, if there is one."""
        return int(self.flat.argmax()), int(self.flat.argmin())

    @cached_property
    def first_zero(self) -> int | None:
        """The first element that is exactly zero; None where there is none."""
        if self.flat.numel() == 0:
            return None
        low, high = self.range
        if low > 0 or high < 0:
            return None
        start = 0
        for chunk in torch.split(self.flat, _CHUNK):
            zero = chunk == 0
            if bool(zero.any()):
                return start + int(zero.to(torch.uint8).argmax())
            start += chunk.numel()
        return None


_KNOWN: Any = WeakIdKeyDictionary()


def extremes(tensor: Tensor) -> Extremes:
    """Those of the tensor, which must not change from now on."""
    found = _KNOWN.get(tensor)
    if found is None:
        found = _KNOWN[tensor] = Extremes(tensor.detach())
    assert isinstance(found, Extremes)
    return found

"""Where a mask holds, broadcast to the shape of what it selects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from generator.formula.build import equal
from generator.formula.tree import Cond, Expr, Num, Read, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths
from generator.layers.broadcasting import Broadcast, Words, broadcast, together
from generator.layers.dtypes import spelled
from generator.layers.registry import Argument, Call, Refused

PLACE = Axis("place", Var("k"), Sym("K", "K", "at how many positions the mask holds"))
_WORDS = {
    "input": Words("x", "Input", "input", said="the input"),
    "mask": Words("m", "Mask", "mask", said="the mask"),
}


def positions(
    tensors: Mapping[str, torch.Tensor], options: Mapping[str, object], output: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    """Where the mask holds, and at how many earlier positions it does, counted row by row."""
    del options, output
    if "mask" not in tensors or "input" not in tensors:
        return {}
    mask = tensors["mask"].bool()
    mask = mask.expand(together([tuple(mask.shape), tuple(tensors["input"].shape)]))
    before = mask.flatten().cumsum(0) - mask.flatten().long()
    return {"positions": mask.nonzero(), "before": before.reshape(mask.shape)}


@dataclass(frozen=True)
class Masked:
    """The input and the mask at the indices of both."""

    full: Broadcast

    @classmethod
    def of(cls, call: Call) -> Masked:
        """Those of a call; Refused where the mask is no mask."""
        mask, source = call.tensors.get("mask"), call.tensors.get("input")
        if mask is None or source is None or mask.dtype != "bool":
            raise Refused(f"{spelled(call)}: expected a tensor of truth values as the mask")
        both = {"input": source, "mask": mask}
        shape = together([source.shape, mask.shape])
        output = Argument(shape, source.dtype, source.integer)
        return cls(broadcast(replace(call, tensors=both, outputs=(output,)), _WORDS))

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of both."""
        return self.full.axes

    @property
    def x(self) -> Tensor:
        """The input."""
        found = self.full.operands["input"].tensor
        assert found is not None
        return found

    @property
    def m(self) -> Tensor:
        """The mask."""
        found = self.full.operands["mask"].tensor
        assert found is not None
        return found

    @property
    def holds(self) -> Cond:
        """Whether the mask holds here."""
        return equal(self.full["mask"], 1)

    @property
    def p(self) -> Tensor:
        """The positions at which the mask holds."""
        sizes = (PLACE.length, Num(len(self.axes)))
        meaning = "where the mask holds, counted row by row"
        return Tensor("positions", "p", sizes, meaning, "drawn", integer=True, label="Positions")

    @property
    def r(self) -> Tensor:
        """At how many earlier positions it does."""
        meaning = "at how many earlier positions the mask holds"
        sizes = lengths(self.axes)
        return Tensor("before", "r", sizes, meaning, "drawn", integer=True, label="Counted")

    @property
    def before(self) -> Read:
        """The number of earlier positions, here."""
        return self.r[at(self.axes)]

    @property
    def selected(self) -> Expr:
        """The input at the k-th position."""
        own = self.axes[len(self.axes) - len(self.x.sizes) :]
        first = len(self.axes) - len(own)
        pairs = enumerate(zip(self.x.sizes, own, strict=True), start=first)
        reads = [
            self.p[PLACE.at, k] if length == axis.length else Num(0) for k, (length, axis) in pairs
        ]
        return self.x[tuple(reads)]

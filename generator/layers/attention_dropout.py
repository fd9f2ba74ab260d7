"""p̃ = κ · p / (1 - ρ): weights of an attention that a mask drops, drawn at random in training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from generator.formula.tree import Expr, Num, Sym, Tensor, mul
from generator.layers.axes import Axis, at, lengths
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Note, Refused

_RATE = Sym("rate", r"\rho", "probability of a weight being dropped", integer=False)
_SAVED = {"MulBackward0": "_saved_other", "NativeDropoutBackward0": "_saved_result1"}
"""Where autograd keeps the factor (CPU) or the mask (CUDA) for its own backward pass."""
_PRODUCTS = {"AddmmBackward0": 1, "BmmBackward0": 0, "MmBackward0": 0}
"""Which operand of a product the weights are behind."""
_MOVES = {
    "CloneBackward0",
    "ExpandBackward0",
    "PermuteBackward0",
    "ReshapeAliasBackward0",
    "SqueezeBackward1",
    "ToCopyBackward0",
    "TransposeBackward0",
    "UnsafeViewBackward0",
    "ViewBackward0",
}
"""What lies between products, and changes no number."""
_SOFTMAX = {"SafeSoftmaxBackward0", "SoftmaxBackward0"}
_STEPS = 20
"""Operations between the output and the weights, at most; torch has up to 13."""


@dataclass(frozen=True)
class Dropped:
    """The mask of a call that drops weights with this probability."""

    rate: float
    axes: tuple[Axis, ...]
    """Those of the weights."""

    @property
    def mask(self) -> Tensor:
        """1 where a weight is kept."""
        meaning = "mask: 1 where a weight is kept, 0 where dropped; drawn at random in this run"
        return Tensor("kept", r"\kappa", lengths(self.axes), meaning, "drawn", label="Drawn Mask")

    def of(self, weight: Expr) -> Expr:
        """The weight as it is used; of a derivative by that, the one by the weight."""
        return mul(self.mask[at(self.axes)], weight, Num(1) / (Num(1) - _RATE))

    @property
    def settings(self) -> dict[str, float]:
        """The probability."""
        return {"rate": self.rate}

    @property
    def summary(self) -> str:
        """What becomes of the weights, in words."""
        return f"each weight is dropped with probability {self.rate:g}"

    @property
    def note(self) -> Note:
        """What a reader overlooks."""
        return Note(
            "The mask is drawn, not calculated",
            "It is what torch drew in this run. What is kept is divided by "
            rf"\(1 - \rho = {1 - self.rate:g}\), so that the weights of a query add up to 1 on "
            "average only, and evaluation needs no rescaling.",
        )


def dropped(call: Call, option: str, axes: Sequence[Axis]) -> Dropped | None:
    """The dropping that an option asks for; None where it asks for none."""
    rate = call.options[option]
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise Refused(f"{spelled(call)}({option}={rate!r}): only a number is explained")
    if rate >= 1:
        raise Refused(f"{spelled(call)}({option}={rate!r}): no weight is left, not explained")
    return Dropped(float(rate), tuple(axes)) if rate else None


def drawn(
    output: torch.Tensor, rate: object, shape: tuple[int, ...], *, products: int
) -> Mapping[str, torch.Tensor]:
    """The mask of the call that has just run, as 0 and 1 in the shape of the weights.

    `products` is how many products there are from the weights to the output. Nothing is found
    where no gradient reaches the weights: autograd has no use for the mask then, and keeps none.
    """
    if not rate:
        return {}
    if math.prod(shape) == 0:
        return {"kept": output.new_empty(shape)}
    found = _saved(output.grad_fn, products)
    if found is None or found.numel() != math.prod(shape):
        return {}
    return {"kept": (found.detach() != 0).to(output.dtype).reshape(shape)}


def _saved(node: Any, products: int) -> torch.Tensor | None:
    """What the weights were multiplied by, from the graph behind the output.

    All between is accounted for, so that what is found is no other call's.
    """
    for _ in range(_STEPS):
        name = "" if node is None else node.name()
        if name in _SAVED and products == 0:
            (before, _), *_ = node.next_functions
            found = getattr(node, _SAVED[name])
            weights = before is not None and before.name() in _SOFTMAX
            return found if weights and isinstance(found, torch.Tensor) else None
        if name in _PRODUCTS:
            products -= 1
        elif name not in _MOVES:
            return None
        node = node.next_functions[_PRODUCTS.get(name, 0)][0]
    return None

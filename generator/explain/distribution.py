"""How the values of a tensor are spread: counts in equal bins, zeros, and what is not finite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary

from generator import wording
from generator.capture.records import Operand, Step, operands, values
from generator.explain.extremes import extremes
from generator.explanation import Distribution

BINS = 32
PARAMETERS = 2
"""Parameters of a step that are shown, with their gradients."""
GRADIENTS = 2
"""Gradients of other operands that are shown."""
MOST = 1 << 16
"""Values that are put into bins; of more, every so-manieth of the tensor's order."""


_LEAST, _MOST = 2.0**-900, 2.0**900


@dataclass(frozen=True)
class Census:
    """What is counted of all elements of a tensor."""

    elements: int
    zeros: int
    nan: int
    infinite: int
    masked: int
    """Of the type's largest magnitude, which masks have in place of an infinity."""
    squares: float
    """Σ value² over the others, which are ordinary numbers."""

    @property
    def rms(self) -> float:
        """Root mean square of the ordinary numbers; 0 where there is none."""
        ordinary = self.elements - self.nan - self.infinite - self.masked
        return float((self.squares / ordinary) ** 0.5) if ordinary else 0.0


_KNOWN: Any = WeakIdKeyDictionary()


def census(tensor: Tensor) -> Census:
    """That of a real tensor, which must not change from now on."""
    found = _KNOWN.get(tensor)
    if found is None:
        found = _KNOWN[tensor] = _counted(tensor)
    assert isinstance(found, Census)
    return found


def _counted(tensor: Tensor) -> Census:
    flat = extremes(tensor).flat
    count = flat.numel()
    zeros = count - int(torch.count_nonzero(flat))
    if not count or (extremes(tensor).finite and extremes(tensor).largest < _limit(tensor)):
        return Census(count, zeros, 0, 0, 0, _squares(flat))
    nan, infinite = int(flat.isnan().sum()), int(flat.isinf().sum())
    ordinary = flat[_ordinary(flat)]
    masked = count - nan - infinite - ordinary.numel()
    return Census(count, zeros, nan, infinite, masked, _squares(ordinary))


def _limit(tensor: Tensor) -> float:
    """The largest number of the tensor's type, where it is a floating-point one."""
    return torch.finfo(tensor.dtype).max if tensor.is_floating_point() else math.inf


def _ordinary(flat: Tensor) -> Tensor:
    """Which values are neither NaN nor infinite nor a mask's."""
    return flat.abs() < _limit(flat)


def _squares(flat: Tensor) -> float:
    if not flat.is_floating_point():
        flat = flat.to(torch.float32)
    wide = torch.float64 if flat.dtype == torch.float64 else torch.float32
    norm = float(torch.linalg.vector_norm(flat, dtype=wide)) if flat.numel() else 0.0
    if norm == math.inf:  # squares beyond float32's largest number
        norm = float(torch.linalg.vector_norm(flat, dtype=torch.float64))
    return norm**2


@dataclass(frozen=True)
class Spread:
    """What a step's page shows of how values are spread."""

    shown: tuple[Distribution, ...]
    left_out: tuple[str, ...]
    """Operands and parameters of which there are too many."""


def spread(step: Step, called: Mapping[int, str]) -> Spread:
    """Of a step's first output, its parameters, and what it sends back to each operand.

    `called` has what the page calls the operands, by their identity.
    """
    outputs = list(values(step.outputs))
    found = [("output", outputs[0].data)] if outputs else []
    own = list(_parameters(step).items())
    found += [(name, operand.value.data) for name, operand in own[:PARAMETERS]]
    passed = {
        id(o): o
        for o in operands((step.args, step.kwargs))
        if o.value.origin != "parameter" and o.grad is not None
    }
    alone = len(passed) == 1
    sent = [
        (called.get(key) or ("the input" if alone else operand.value.name), operand.grad)
        for key, operand in passed.items()
    ]
    kept = [*sent[:GRADIENTS], *((wording.operand(n), o.grad) for n, o in own[:PARAMETERS])]
    found += [(f"gradient of {name}", grad) for name, grad in kept if grad is not None]
    known = (distribution(title, tensor) for title, tensor in found)
    left_out = [name for name, _ in (*sent[GRADIENTS:], *own[PARAMETERS:])]
    return Spread(tuple(one for one in known if one is not None), tuple(left_out))


def _parameters(step: Step) -> dict[str, Operand]:
    """A module's own by their names, and those that a function is given by the last part of them.

    Of two of one name, as two layers' weights, the second has its full name.
    """
    found = dict(step.parameters)
    known = {operand.value.id for operand in found.values()}
    for operand in operands((step.args, step.kwargs)):
        value = operand.value
        if value.origin == "parameter" and value.id not in known:
            known.add(value.id)
            name = value.name.rpartition(".")[2]
            found[value.name if name in found else name] = operand
    return found


def distribution(title: str, tensor: Tensor) -> Distribution | None:
    """The tensor's values in bins of equal width from the smallest ordinary one to the largest.

    None for a tensor of less than two elements, and for what is not of a floating-point type.
    """
    if tensor.numel() < 2 or not tensor.is_floating_point():
        return None
    known = census(tensor)
    flat = tensor.detach().reshape(-1)
    step = -(-flat.numel() // MOST)
    if step > 1:
        # odd, so that it is in step with no axis of an even length
        step |= 1
        flat = flat[::step]
    if known.nan or known.infinite or known.masked:
        flat = flat[_ordinary(flat)]
    flat = flat.double().cpu()
    low, high = (float(flat.min()), float(flat.max())) if flat.numel() else (0.0, 0.0)
    if low == high:
        counts: tuple[int, ...] = (flat.numel(),) if flat.numel() else ()
    else:
        # a difference that float64 does not hold, or whose bins it does not
        scale = 2.0**-100 if high - low > _MOST else 2.0**100 if high - low < _LEAST else 1.0
        found = torch.histc(flat * scale, BINS, low * scale, high * scale)
        counts = tuple(int(n) for n in found.tolist())
    return Distribution(
        title=title,
        low=low,
        high=high,
        counts=counts,
        elements=known.elements,
        zeros=known.zeros,
        nan=known.nan,
        infinite=known.infinite,
        masked=known.masked,
        rms=known.rms,
        sampled=step,
    )

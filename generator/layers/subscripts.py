"""What stands in the brackets of x[…]: whole numbers, slices, new axes, index tensors and masks.

The rules are those of torch, which has them from NumPy: a whole number takes an axis away, a slice
keeps it, None adds one. Index tensors are broadcast against each other; their common axes stand
where the first of them stood, or in front where other axes lie between them. A mask counts as the
index tensors of the positions at which it holds, counted row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import TypeAlias

import torch

from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Placed, Refused

Item: TypeAlias = "Whole | Cut | New | Indices | Mask"


@dataclass(frozen=True)
class Whole:
    """A whole number, or a tensor without axes that holds one."""

    value: int | None
    name: str = ""
    """Name of the tensor, where it is one."""


@dataclass(frozen=True)
class Cut:
    """A slice."""

    given: slice


@dataclass(frozen=True)
class New:
    """None: an axis of length 1."""


@dataclass(frozen=True)
class Indices:
    """Index tensor or a list of whole numbers."""

    name: str
    shape: tuple[int, ...]
    listed: bool
    """Whether the call has a list instead of a tensor."""


@dataclass(frozen=True)
class Mask:
    """A tensor of truth values, a list of them, or one."""

    name: str
    shape: tuple[int, ...]
    number: int
    """Which of the items it is."""
    listed: bool

    @property
    def positions(self) -> str:
        """Name of the positions at which it holds."""
        return f"positions_{self.number}"

    @property
    def rank(self) -> str:
        """Name of how many positions before each one hold."""
        return f"rank_{self.number}"


def items(call: Call, option: str) -> tuple[Item, ...]:
    """What stands in the brackets, with slices for the axes that are not named."""
    given = Placed(option) if option in call.tensors else call.options[option]
    raw = _raw(given)
    if raw is None:
        raise Refused(f"{spelled(call)}: a list as the index of several axes is not explained")
    found = [item for k, entry in enumerate(raw) for item in _items(call, entry, k)]
    taken = sum(_taken(item) for item in found if not isinstance(item, EllipsisType))
    missing = len(call.shape()) - taken
    if missing < 0 or sum(isinstance(item, EllipsisType) for item in found) > 1:
        raise Refused(f"{spelled(call)}: more indices than axes are not explained")
    rest = [Cut(slice(None))] * missing
    where = next((k for k, i in enumerate(found) if isinstance(i, EllipsisType)), None)
    if where is None:
        return (*(i for i in found if not isinstance(i, EllipsisType)), *rest)
    before, after = found[:where], found[where + 1 :]
    full = [*before, *rest, *after]
    return tuple(i for i in full if not isinstance(i, EllipsisType))


def axes_of(item: Item) -> int:
    """How many axes of the input an item is about."""
    return _taken(item)


def drawn(
    tensors: Mapping[str, torch.Tensor],
    options: Mapping[str, object],
    output: torch.Tensor,
    option: str = "index",
) -> Mapping[str, torch.Tensor]:
    """The positions at which masks hold, and lists as tensors, by the names that formulas use."""
    raw = _raw(Placed(option) if option in tensors else options.get(option))
    masks: dict[int, torch.Tensor] = {}
    found: dict[str, torch.Tensor] = {}
    shapes: list[tuple[int, ...]] = []
    for k, entry in enumerate(raw or ()):
        tensor = _tensor(entry, tensors, output.device)
        if tensor is None:
            continue
        if tensor.dtype == torch.bool:
            masks[k] = tensor
            shapes.append((int(tensor.sum()),))
        elif tensor.dim():
            shapes.append(tuple(tensor.shape))
            if not isinstance(entry, Placed):
                found[f"list_{k}"] = tensor
    for k, mask in masks.items():
        if not isinstance(raw[k] if raw else None, Placed):
            found[f"list_{k}"] = mask
        positions = mask.nonzero()
        # one position beside index tensors of several places counts for each of them
        wide = max((s[-1] for s in shapes if s), default=1)
        if positions.shape[0] == 1 and wide > 1:
            positions = positions.expand(wide, -1)
        found[f"positions_{k}"] = positions[:, 0] if mask.dim() == 1 else positions
        before = mask.flatten().cumsum(0) - mask.flatten().long()
        # behind the last position that holds nothing is read
        found[f"rank_{k}"] = before.reshape(mask.shape)
    return found


def _tensor(
    entry: object, tensors: Mapping[str, torch.Tensor], device: torch.device
) -> torch.Tensor | None:
    """A tensor of the call, or a list of it as a tensor; None for all other items."""
    if isinstance(entry, Placed):
        return tensors[entry.name]
    if isinstance(entry, bool) or _numbers(entry):
        found = torch.tensor(entry, device=device)
        return found if found.numel() or isinstance(entry, bool) else found.long()
    return None


def _raw(given: object) -> Sequence[object] | None:
    """The entries between the brackets; None for a list that torch takes for a tuple."""
    if isinstance(given, tuple):
        return given
    if isinstance(given, list) and any(not isinstance(entry, int) for entry in given):
        return None
    return (given,)


def _items(call: Call, entry: object, number: int) -> Sequence[Item | EllipsisType]:
    if entry is None:
        return [New()]
    if isinstance(entry, EllipsisType):
        return [entry]
    if isinstance(entry, bool):
        return [Mask(f"list_{number}", (), number, listed=True)]
    if isinstance(entry, int):
        return [Whole(entry)]
    if isinstance(entry, slice):
        ends = (entry.start, entry.stop, entry.step)
        if all(end is None or isinstance(end, int) for end in ends):
            return [Cut(entry)]
        raise Refused(f"{spelled(call)}: a tensor as the end of a slice is not explained")
    if isinstance(entry, Placed):
        return [_placed(call, entry.name, number)]
    if _numbers(entry):
        tensor = torch.tensor(entry)
        shape, name = tuple(tensor.shape), f"list_{number}"
        if tensor.dtype == torch.bool:
            return [Mask(name, shape, number, listed=True)]
        return [Indices(name, shape, listed=True)]
    what = type(entry).__name__ if not isinstance(entry, str) else entry
    raise Refused(f"{spelled(call)}: an index of type {what} is not explained")


def _placed(call: Call, name: str, number: int) -> Item:
    argument = call.tensors[name]
    if argument.dtype == "bool":
        return Mask(name, argument.shape, number, listed=False)
    if argument.dtype == "uint8" or not argument.integer:
        raise Refused(f"{spelled(call)}: an index of type {argument.dtype} is not explained")
    if not argument.shape:
        return Whole(None, name)
    return Indices(name, argument.shape, listed=False)


def _numbers(entry: object) -> bool:
    """Whether it is a list, or a list of lists, of whole numbers or of truth values alone."""
    if not isinstance(entry, list | tuple):
        return False
    waiting: list[object] = [entry]
    kinds = set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, list | tuple):
            waiting.extend(item)
        else:
            kinds.add(type(item))
    return kinds <= {int} or kinds == {bool}


def _taken(item: Item | EllipsisType) -> int:
    if isinstance(item, Mask):
        return len(item.shape)
    return 0 if isinstance(item, New | EllipsisType) else 1

"""Queries, keys, values and masks of an attention beside the axes of its scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generator.formula.build import cases, equal, total
from generator.formula.tree import Expr, Num, Range, Sym, Tensor, Var
from generator.layers.axes import Axis
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Refused

_OPERANDS = {
    "query": ("q", "query", "Queries"),
    "key": ("k", "key", "Keys"),
    "value": ("v", "value", "Values"),
    "attn_mask": ("M", "mask", "Mask"),
}
QUERY = Axis("query", Var("i"), Sym("L", "I", "number of queries"))
KEY = Axis("key", Var("j"), Sym("S", "S", "number of keys"))
FEATURE = Axis("feature", Var("e"), Sym("E", "E", "features of a query and of a key"))
VALUE = Axis("value feature", Var("d"), Sym("D", "D", "features of a value"))
_GROUPS = {
    "key": Sym("G", "G", "query heads that share a key head"),
    "value": Sym("G_v", "G_v", "query heads that share a value head"),
}


@dataclass(frozen=True)
class Operand:
    """A tensor of the call, where it may have length 1 or fewer heads than the scores."""

    tensor: Tensor
    read: Expr
    """Its element for a query and a key."""
    own: tuple[Var, ...]
    """Indices of its own elements."""
    uses: tuple[Range, ...]
    """The leading indices for which one element is used, where it is for several."""
    settings: Mapping[str, int]
    """Numbers of symbols that are its own."""

    def all_uses(self, also: Sequence[Axis], body: Expr) -> Expr:
        """Σ of the body over these and over further axes."""
        spans = (*self.uses, *(a.span for a in also))
        return total(spans, body) if spans else body


def leading(count: int) -> tuple[Axis, ...]:
    """Axes before queries and features: batch and head."""
    letters = ("n", "b", "c", "f", "g")
    if count > len(letters) + 1:
        raise Refused(f"attention with {count} leading axes is not explained")
    known = [("batch", "n", "N", "batch size")]
    known += [(f"axis {k}", v, v.upper(), f"length of axis {k}") for k, v in enumerate(letters)]
    known[1:2] = []
    if count > 1:
        known[count - 1 :] = [("head", "h", "H", "number of heads")]
    return tuple(Axis(n, Var(v), Sym(s, s, meaning)) for n, v, s, meaning in known[:count])


def operand(call: Call, name: str, axes: tuple[Axis, ...], full: Mapping[str, int]) -> Operand:
    """A tensor beside axes of lengths `full`, aligned at the last."""
    latex, meaning, label = _OPERANDS[name]
    shape = call.shape(name)
    if len(shape) > len(axes):
        raise Refused(f"{spelled(call)}: {name} of shape {shape} is not explained")
    missing = len(axes) - len(shape)
    uses = [a.span for a in axes[:missing]]
    numbers: dict[str, int] = {}
    places: list[tuple[Expr, Expr, Var]] = []
    for axis, length in zip(axes[missing:], shape, strict=True):
        wanted, own = full[axis.length.name], Var(f"{axis.at.name}'")
        if length == wanted:
            places.append((axis.length, axis.at, axis.at))
        elif length == 1:
            places.append((Num(1), Num(0), own))
            uses.append(axis.span)
        else:
            group = _group(call, name, axis, wanted)
            heads = Sym(f"H_{latex}", f"H_{latex}", f"number of {meaning} heads")
            numbers |= {heads.name: length, group.name: wanted // length}
            places.append((heads, axis.at // group, own))
            uses.append(axis.at.over(own * group + group, own * group))
    tensor = Tensor(
        name,
        latex,
        tuple(size for size, _, _ in places),
        meaning,
        integer=call.tensors[name].integer,
        label=label,
    )
    read = tensor[tuple(at for _, at, _ in places)]
    return Operand(tensor, read, tuple(own for _, _, own in places), tuple(uses), numbers)


def _group(call: Call, name: str, axis: Axis, wanted: int) -> Sym:
    length = call.shape(name)[-3] if len(call.shape(name)) > 2 else 0
    grouped = call.options["enable_gqa"] is True and name in _GROUPS
    if not grouped or axis.name != "head" or not length or wanted % length:
        raise Refused(f"{spelled(call)}: {name} of shape {call.shape(name)} is not explained")
    return _GROUPS[name]


def masking(call: Call, mask: Operand | None) -> Callable[[Expr], Expr] | None:
    """What becomes of a score; None where nothing does."""
    if call.options["is_causal"] is True:
        return causal(QUERY, KEY)
    if mask is None:
        return None
    read = mask.read
    if mask.tensor.integer:
        return lambda score: cases((equal(read, 1), score), otherwise=-math.inf)
    return lambda score: score + read


def causal(query: Axis, key: Axis) -> Callable[[Expr], Expr]:
    """The mask that leaves each query the keys up to its own position."""
    return lambda score: cases((key.at <= query.at, score), otherwise=-math.inf)

"""y[n, c, h] = x[n, c, h - p] inside, and at the border a constant or other values of x."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.build import cases, every, within
from generator.formula.text import constant
from generator.formula.tree import Sym
from generator.layers.borders import Border, borders, circular, reflected, replicated
from generator.layers.dims import dims, wholes
from generator.layers.dtypes import held, spelled
from generator.layers.movement import SUMMED, UNREAD, Movement, refuse_tensors
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Refused,
    Size,
    examples,
    explains,
)

_TITLE = "Padding"
_SEARCH = ("pad", "border", "crop", "movement of data")
_MODES = {"reflect": reflected, "replicate": replicated, "circular": circular}
_WORDS = {
    "reflect": "its mirror image, without the outermost value itself",
    "replicate": "its outermost value, repeated",
    "circular": "what stands at its other end, as on a ring",
}
_ORDER = Note(
    "From the last axis to the first",
    "The numbers come in pairs, before and after, and the first pair is that of the last axis.",
)


@explains(
    "torch.nn.functional.pad",
    arguments='input, pad, mode="constant", value=None',
    title=_TITLE,
    search=_SEARCH,
)
def pad(call: Call) -> Formula:
    """Any of the four modes."""
    mode = str(call.options["mode"])
    return _constant(call) if mode == "constant" else _border(call, mode)


@explains(
    *(f"torch.nn.{kind}Pad{rank}d" for kind in ("Constant", "Zero") for rank in (1, 2, 3)),
    arguments="input, pad, value=0",
    title=_TITLE,
    renames={"padding": "pad"},
    search=_SEARCH,
)
@explains(
    "torch.constant_pad_nd",
    arguments="input, pad, value=0",
    title=_TITLE,
    search=_SEARCH,
)
def constant_pad(call: Call) -> Formula:
    """A constant around the input."""
    return _constant(call)


@explains(
    *(f"torch.nn.ReflectionPad{rank}d" for rank in (1, 2, 3)),
    *(f"torch.nn.ReplicationPad{rank}d" for rank in (1, 2, 3)),
    *(f"torch.nn.CircularPad{rank}d" for rank in (1, 2, 3)),
    arguments="input, pad",
    title=_TITLE,
    renames={"padding": "pad"},
    search=_SEARCH,
)
def border_pad(call: Call) -> Formula:
    """Values of the input around the input."""
    modes = {"Ref": "reflect", "Rep": "replicate", "Cir": "circular"}
    return _border(call, modes[call.type.rpartition(".")[2][:3]])


def _plan(call: Call) -> tuple[Movement, tuple[Border, ...]]:
    """The axes before and after, and what is added along the last of them."""
    refuse_tensors(call)
    amounts = wholes(call, "pad")
    rank = len(call.shape())
    if len(amounts) % 2 or len(amounts) > 2 * rank:
        raise Refused(f"{spelled(call)}(pad={amounts!r}) is not explained")
    axes = dims(rank)
    found = borders(axes, amounts)
    moved = Movement(call, axes, tuple(b.new for b in found))
    lengths = zip(call.shape(), found, strict=True)
    if call.output.shape != tuple(n + b.before + b.after for n, b in lengths):
        raise Refused(f"{spelled(call)}(pad={amounts!r}) gave {list(call.output.shape)}")
    return moved, found


def _constant(call: Call) -> Formula:
    moved, found = _plan(call)
    value = _value(call)
    padded = [b for b in found if b.named]
    v = Sym("v", "v", "value of the padding", integer=call.output.integer)
    body = moved.x[tuple(b.inside for b in found)]
    back = moved.g[tuple(b.outside for b in found)]
    if padded:
        inside = every(*(within(b.inside, b.axis.length) for b in padded))
        outside = every(*(within(b.outside, b.new.length) for b in padded))
        forward = cases((inside, body), otherwise=v)
        backward = cases((outside, back), otherwise=0)
    return moved.formula(
        _summary(found, f"the value {constant(value)}"),
        forward if padded else body,
        backward if padded else back,
        settings={"v": value, **_settings(found)},
        sizes=_sizes(found),
        notes=_notes(found, ()),
    )


def _border(call: Call, mode: str) -> Formula:
    if mode not in _MODES:
        raise Refused(f"{spelled(call)}(mode={mode!r}) is not explained")
    moved, found = _plan(call)
    if mode == "circular" and any(min(b.before, b.after) < 0 for b in found):
        raise Refused(f"{spelled(call)}: negative amounts on a ring are not explained")
    forward, backward, meanings = _MODES[mode](moved, found)
    return moved.formula(
        _summary(found, _WORDS[mode]),
        forward,
        backward,
        settings=_settings(found),
        sizes=_sizes(found),
        notes=_notes(found, (SUMMED,)),
        indices=meanings,
    )


def _value(call: Call) -> int | float:
    """The constant as a tensor of the input's type holds it."""
    given = call.options["value"]
    dtype = call.output.dtype
    if given is None:
        given = 0
    if not isinstance(given, int | float):
        raise Refused(f"{spelled(call)}(value={given!r}): only real numbers are explained")
    if dtype == "bool":
        return int(bool(given))
    if call.output.integer:
        limits = torch.iinfo(getattr(torch, dtype))
        if not limits.min <= given <= limits.max:
            raise Refused(f"{spelled(call)}: {given} is no number of type {dtype}")
    return held(given, dtype)


def _settings(found: tuple[Border, ...]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for border in found:
        if border.named:
            numbers |= {border.first.name: border.before, border.last.name: border.after}
    return numbers


def _sizes(found: tuple[Border, ...]) -> tuple[Size, ...]:
    return tuple(
        Size(b.axis.name, b.new.length.latex, b.axis.length + b.first + b.last)
        for b in found
        if b.before or b.after
    )


def _summary(found: tuple[Border, ...], what: str) -> str:
    grown = [b for b in found if max(b.before, b.after) > 0]
    cut = [b for b in found if min(b.before, b.after) < 0]
    parts: list[str] = []
    if grown:
        parts.append(f"Around the input comes {what}: {_listed(grown, 1)}")
    if cut:
        start = "and from it is cut off: " if grown else "From the input is cut off: "
        parts.append(start + _listed(cut, -1))
    return f"{', '.join(parts)}." if parts else "Nothing is added around the input."


def _listed(found: list[Border], sign: int) -> str:
    """The amounts in a sentence: `1 before and 2 after along axis 3`."""
    texts = []
    for border in found:
        before, after = max(0, sign * border.before), max(0, sign * border.after)
        ends = (
            f"{before} on both sides" if before == after else f"{before} before and {after} after"
        )
        texts.append(f"{ends} along axis {border.position}")
    return ", ".join(texts)


def _notes(found: tuple[Border, ...], more: tuple[Note, ...]) -> tuple[Note, ...]:
    several = sum(1 for b in found if b.named) > 1
    unequal = len({(b.before, b.after) for b in found if b.named}) > 1
    return (
        *((_ORDER,) if several and unequal else ()),
        *(more if any(max(b.before, b.after) > 0 for b in found) else ()),
        *((UNREAD,) if any(min(b.before, b.after) < 0 for b in found) else ()),
    )


def _pad(shape: tuple[int, ...], amounts: tuple[int, ...], *args: object) -> Example:
    return Example(
        f"pad {shape} by {amounts}, {args}",
        lambda: (F.pad, (torch.randn(shape), amounts, *args), {}),
    )


def _module(layer: Callable[..., object], *shape: int) -> Example:
    return Example(f"{layer} of {shape}", lambda: (layer, (torch.randn(shape),), {}))


examples(
    _pad((2, 3), (1, 2)),
    _pad((2, 3), (1, 2, 0, 1), "constant", 1.5),
    _pad((2, 3, 4, 4), (1, 1, 2, 0)),
    _pad((2, 3, 4, 4), (-1, 2, 0, -2), "constant", 0.1),
    _pad((2, 3), (-1, -1)),
    _pad((3,), (0, 0)),
    _pad((3,), ()),
    _pad((0, 2), (1, 1, 2, 0), "constant", -torch.inf),
    _pad((2, 0), (1, 1), "constant", 2.0),
    _pad((1, 2, 2, 2, 2), (0, 1, 1, 0, 2, 0)),
    *(
        _pad(shape, amounts, mode)
        for mode in ("reflect", "replicate", "circular")
        for shape, amounts in (
            ((2, 4), (1, 2)),
            ((2, 3, 5), (3, 0)),
            ((2, 3, 4, 5), (2, 1, 0, 3)),
            ((2, 4, 3), (2, 1, 1, 1)),
            ((1, 2, 2, 3, 4), (1, 2, 2, 1, 1, 0)),
            ((2, 2, 4), (0, 0)),
        )
    ),
    _pad((1, 2, 5), (-1, 2), "reflect"),
    _pad((1, 2, 5), (2, -1), "reflect"),
    _pad((1, 2, 5, 6), (-2, 3, -1, -2), "replicate"),
    _pad((1, 2, 5), (2, -1), "replicate"),
    _pad((1, 2, 1), (3, 2), "replicate"),
    Example("whole numbers", lambda: (F.pad, (torch.arange(3), (1, 2)), {"value": 2.7})),
    Example("truth values", lambda: (F.pad, (torch.ones(2, dtype=torch.bool), (1, 2)), {})),
    Example("float16", lambda: (F.pad, (torch.randn(2).half(), (1, 2)), {"value": 0.1})),
    Example(
        "torch.constant_pad_nd", lambda: (torch.constant_pad_nd, (torch.randn(2, 2), (1, 0), 2), {})
    ),
    _module(nn.ZeroPad1d(1), 2, 3, 4),
    _module(nn.ZeroPad2d((1, 2, 0, 1)), 2, 3, 4, 4),
    _module(nn.ZeroPad3d(1), 1, 2, 2, 2, 2),
    _module(nn.ConstantPad1d(2, -1.0), 3, 4),
    _module(nn.ConstantPad2d(1, 0.3), 1, 2, 3, 3),
    _module(nn.ConstantPad3d((1, 0, 0, 0, 0, 1), 2), 1, 2, 2, 2, 2),
    _module(nn.ReflectionPad1d(2), 2, 4),
    _module(nn.ReflectionPad2d((1, 0, 2, 1)), 1, 2, 4, 4),
    _module(nn.ReflectionPad3d(1), 1, 1, 2, 3, 2),
    _module(nn.ReplicationPad1d(3), 1, 2, 4),
    _module(nn.ReplicationPad2d(1), 2, 3, 4),
    _module(nn.ReplicationPad3d((0, 1, 1, 0, 2, 2)), 1, 1, 2, 3, 2),
    _module(nn.CircularPad1d(2), 1, 2, 4),
    _module(nn.CircularPad2d((1, 2, 3, 0)), 2, 3, 4),
    _module(nn.CircularPad3d(1), 1, 1, 2, 3, 2),
)

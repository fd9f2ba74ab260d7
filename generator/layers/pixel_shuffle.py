"""y[n, c, h, w] = x[n, c r² + (h mod r) r + w mod r, ⌊h/r⌋, ⌊w/r⌋]: channels become pixels.

W. Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel
convolutional neural network, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Expr, Sym, Var
from generator.layers.axes import Axis, at
from generator.layers.dims import dims, resized, whole
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains

_SEARCH = ("sub-pixel convolution", "space to depth", "depth to space", "super-resolution")
_R = Sym("r", "r", "factor by which height and width change")


@explains(
    "torch.nn.PixelShuffle",
    "torch.nn.functional.pixel_shuffle",
    "torch.pixel_shuffle",
    arguments="input, upscale_factor",
    title="Pixel shuffle",
    search=_SEARCH,
)
def pixel_shuffle(call: Call) -> Formula:
    """r² channels become r × r pixels of one."""
    factor = whole(call, "upscale_factor")
    before, after = _axes(call)
    (channel, height, width), (c, h, w) = before[-3:], after[-3:]
    moved = Movement(call, before, after)
    return moved.formula(
        f"Every {factor * factor} channels become one, with {factor} × {factor} pixels for each "
        "position.",
        moved.x[(*at(before[:-3]), *_packed(c.at, h.at, w.at))],
        moved.g[(*at(before[:-3]), *_spread(channel.at, height.at, width.at))],
        settings={"r": factor},
        sizes=(
            _size(h, _R * height.length),
            _size(w, _R * width.length),
        ),
    )


@explains(
    "torch.nn.PixelUnshuffle",
    "torch.nn.functional.pixel_unshuffle",
    "torch.pixel_unshuffle",
    arguments="input, downscale_factor",
    title="Pixel unshuffle",
    search=_SEARCH,
)
def pixel_unshuffle(call: Call) -> Formula:
    """r × r pixels become r² channels."""
    factor = whole(call, "downscale_factor")
    before, after = _axes(call)
    (channel, height, width), (c, h, w) = before[-3:], after[-3:]
    moved = Movement(call, before, after)
    return moved.formula(
        f"Every {factor} × {factor} pixels of a channel become {factor * factor} channels of one "
        "position.",
        moved.x[(*at(before[:-3]), *_spread(c.at, h.at, w.at))],
        moved.g[(*at(before[:-3]), *_packed(channel.at, height.at, width.at))],
        settings={"r": factor},
        sizes=(_size(c, channel.length * _R * _R),),
    )


def _axes(call: Call) -> tuple[tuple[Axis, ...], tuple[Axis, ...]]:
    rank = len(call.shape())
    if rank < 3:
        raise Refused(f"{spelled(call)} of {rank} axes is not explained")
    every = dims(4)
    lead = every[: max(0, rank - 3)]
    if rank > 4:  # the axes of an image have the letters c, h and w, those before it n, s, t, …
        letters = ("n", "s", "t", *(f"s_{k}" for k in range(3, rank)))
        lead = tuple(
            Axis(f"axis {k}", Var(letters[k]), Sym(letters[k].upper(), letters[k].upper()))
            for k in range(rank - 3)
        )
    called = ("channel", "height", "width")
    image = [replace(a, name=n) for a, n in zip(every[1:], called, strict=True)]
    return (*lead, *image), (*lead, *(resized(a) for a in image))


def _packed(c: Expr, h: Expr, w: Expr) -> tuple[Expr, ...]:
    """Channel and position that hold pixel h, w of channel c."""
    return c * _R * _R + h % _R * _R + w % _R, h // _R, w // _R


def _spread(c: Expr, h: Expr, w: Expr) -> tuple[Expr, ...]:
    """Channel and pixel that channel c holds at the position h, w."""
    return c // (_R * _R), h * _R + c // _R % _R, w * _R + c % _R


def _size(axis: Axis, length: Expr) -> Size:
    return Size(axis.name, axis.length.latex, length)


def _module(layer: Callable[..., object], *shape: int) -> Example:
    return Example(f"{layer} of {shape}", lambda: (layer, (torch.randn(shape),), {}))


examples(
    _module(nn.PixelShuffle(2), 2, 8, 3, 2),
    _module(nn.PixelShuffle(3), 9, 1, 2),
    _module(nn.PixelShuffle(1), 1, 2, 2, 2),
    _module(nn.PixelShuffle(2), 2, 3, 4, 2, 2),
    _module(nn.PixelShuffle(2), 1, 2, 2, 4, 1, 2),
    _module(nn.PixelUnshuffle(2), 2, 3, 4, 6),
    _module(nn.PixelUnshuffle(3), 1, 3, 3),
    _module(nn.PixelUnshuffle(2), 2, 2, 1, 2, 2),
    Example("F.pixel_shuffle", lambda: (F.pixel_shuffle, (torch.randn(1, 4, 2, 2), 2), {})),
    Example("F.pixel_unshuffle", lambda: (F.pixel_unshuffle, (torch.randn(1, 1, 2, 4), 2), {})),
    Example(
        "whole numbers",
        lambda: (F.pixel_shuffle, (torch.arange(16).view(1, 4, 2, 2),), {"upscale_factor": 2}),
    ),
)

"""y[n, c, h, w] = the input between its samples: an image, a series or a volume at another size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional as F

from generator.layers.adaptive_avg_pool import adaptive_avg_pool
from generator.layers.cubic_interpolation import cubic
from generator.layers.dtypes import spelled
from generator.layers.linear_interpolation import linear
from generator.layers.nearest_interpolation import nearest
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains

_TITLE = "Interpolation"
_SEARCH = ("resize", "upsampling", "downsampling", "resampling", "scale", "bilinear", "bicubic")
_LINEAR = {"linear", "bilinear", "trilinear"}


@explains(
    "torch.nn.functional.interpolate",
    arguments='input, size=None, scale_factor=None, mode="nearest", align_corners=None, '
    "recompute_scale_factor=None, antialias=False",
    title=_TITLE,
    search=_SEARCH,
)
@explains(
    "torch.nn.functional.upsample",
    "torch.nn.Upsample",
    "torch.nn.UpsamplingNearest2d",
    "torch.nn.UpsamplingBilinear2d",
    arguments='input, size=None, scale_factor=None, mode="nearest", align_corners=None, '
    "recompute_scale_factor=None",
    title=_TITLE,
    search=_SEARCH,
)
def interpolate(call: Call) -> Formula:
    """Any mode, over one to three spatial axes behind batch and channel."""
    mode, aligned = str(call.options["mode"]), bool(call.options["align_corners"])
    if call.options.get("antialias"):
        raise Refused(f"{spelled(call)}(antialias=True) is not explained")
    if mode in {"nearest", "nearest-exact"}:
        return nearest(call, exact=mode == "nearest-exact")
    if mode in _LINEAR:
        return linear(call, aligned=aligned)
    if mode == "bicubic":
        return cubic(call, aligned=aligned)
    if mode == "area" and len(call.shape()) in {3, 4, 5}:
        return _area(call)
    raise Refused(f"{spelled(call)}(mode={mode!r}) is not explained")


@explains(
    "torch.nn.functional.upsample_nearest",
    arguments="input, size=None, scale_factor=None",
    title=_TITLE,
    search=_SEARCH,
)
def upsample_nearest(call: Call) -> Formula:
    """The mode `nearest`."""
    return nearest(call, exact=False)


@explains(
    "torch.nn.functional.upsample_bilinear",
    arguments="input, size=None, scale_factor=None",
    title=_TITLE,
    search=_SEARCH,
)
def upsample_bilinear(call: Call) -> Formula:
    """The mode `bilinear` with matched corners."""
    return linear(call, aligned=True)


def _area(call: Call) -> Formula:
    """Means over windows: what torch itself calls adaptive average pooling."""
    rank = len(call.shape()) - 2
    pooling = f"torch.nn.functional.adaptive_avg_pool{rank}d"
    return adaptive_avg_pool(replace(call, type=pooling))


def _interpolate(shape: tuple[int, ...], mode: str, **options: object) -> Example:
    told = ", ".join(f"{k}={v}" for k, v in options.items())
    return Example(
        f"{mode} {shape}, {told}",
        lambda: (F.interpolate, (torch.randn(shape),), {"mode": mode, **options}),
    )


def _module(layer: Callable[..., object], *shape: int) -> Example:
    return Example(f"{layer} of {shape}", lambda: (layer, (torch.randn(shape),), {}))


examples(
    *(
        _interpolate(shape, mode, **options)
        for mode in ("nearest", "nearest-exact", "area")
        for shape, options in (
            ((2, 3, 4, 5), {"scale_factor": 2}),
            ((1, 2, 5, 6), {"size": (3, 4)}),
            ((1, 2, 4, 6), {"size": (6, 9)}),
            ((2, 2, 5), {"scale_factor": 1.6}),
            ((1, 2, 2, 3, 4), {"scale_factor": (2, 1, 0.5)}),
            ((1, 2, 3, 3), {"scale_factor": 1.5, "recompute_scale_factor": True}),
            ((1, 1, 1, 4), {"size": (3, 1)}),
        )
    ),
    *(
        _interpolate(shape, mode, align_corners=aligned, **options)
        for aligned in (False, True)
        for mode, shape, options in (
            ("linear", (2, 3, 5), {"scale_factor": 2}),
            ("linear", (2, 3, 5), {"size": 9}),
            ("linear", (1, 1, 300), {"size": 700}),
            ("bilinear", (2, 3, 4, 5), {"scale_factor": 2}),
            ("bilinear", (2, 2, 3, 5), {"size": (7, 4)}),
            ("bilinear", (1, 1, 1, 5), {"size": (3, 1)}),
            ("bilinear", (1, 2, 5, 5), {"scale_factor": 1.7}),
            ("bilinear", (1, 1, 7, 6), {"size": (7, 18)}),
            ("trilinear", (1, 2, 2, 3, 4), {"scale_factor": 2}),
            ("trilinear", (1, 1, 2, 3, 4), {"size": (3, 5, 2)}),
            ("bicubic", (1, 2, 4, 5), {"scale_factor": 2}),
            ("bicubic", (1, 1, 5, 4), {"size": (7, 9)}),
            ("bicubic", (1, 1, 9, 8), {"size": (4, 3)}),
            ("bicubic", (1, 1, 1, 4), {"size": (2, 1)}),
        )
    ),
    _module(nn.Upsample(scale_factor=2), 2, 3, 2, 2),
    _module(nn.Upsample(size=(5, 6), mode="bilinear", align_corners=True), 1, 2, 3, 3),
    _module(nn.UpsamplingNearest2d(scale_factor=3), 1, 2, 2, 2),
    _module(nn.UpsamplingBilinear2d(size=(4, 5)), 1, 2, 3, 3),
    Example(
        "of a column, whole numbers",
        lambda: (F.interpolate, (torch.arange(6).view(1, 1, 2, 3).byte(),), {"scale_factor": 2}),
    ),
    Example(
        "float64",
        lambda: (
            F.interpolate,
            (torch.randn(1, 1, 3, 5).double(),),
            {"size": (7, 7), "mode": "bilinear"},
        ),
    ),
    Example(
        "bfloat16",
        lambda: (
            F.interpolate,
            (torch.randn(1, 1, 3, 5).bfloat16(),),
            {"scale_factor": 2, "mode": "bilinear"},
        ),
    ),
)

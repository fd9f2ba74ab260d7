"""y[n, c] = x[n, (c mod g) C/g + ⌊c / g⌋]: the groups' channels dealt out in turn.

X. Zhang et al., ShuffleNet: an extremely efficient convolutional neural network for mobile devices,
CVPR 2018.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Sym
from generator.layers.axes import Axis, at
from generator.layers.dims import dims, whole
from generator.layers.dtypes import spelled
from generator.layers.movement import Movement
from generator.layers.registry import Call, Example, Formula, Refused, examples, explains


@explains(
    "torch.nn.ChannelShuffle",
    "torch.nn.functional.channel_shuffle",
    "torch.channel_shuffle",
    arguments="input, groups",
    title="Channel shuffle",
    search=("ShuffleNet", "group convolution", "movement of data"),
)
def channel_shuffle(call: Call) -> Formula:
    """Axis 1 holds the channels, group by group before and mixed after."""
    groups, rank = whole(call, "groups"), len(call.shape())
    if rank < 3 or groups < 1 or call.shape()[1] % groups:
        raise Refused(f"{spelled(call)} of {list(call.shape())} in {groups} groups")
    axes = dims(rank)
    axes = (axes[0], Axis("channel", axes[1].at, axes[1].length), *axes[2:])
    moved = Movement(call, axes, axes)
    g = Sym("g", "g", "number of groups")
    each = Sym("K", "K", "channels of one group")
    c, others = axes[1].at, at(axes[2:])
    return moved.formula(
        f"The channels of the {groups} groups are dealt out in turn: one of each group, then the "
        "next of each.",
        moved.x[(axes[0].at, c % g * each + c // g, *others)],
        moved.g[(axes[0].at, c % each * g + c // each, *others)],
        settings={"g": groups, "K": call.shape()[1] // groups},
    )


examples(
    Example("nn.ChannelShuffle", lambda: (nn.ChannelShuffle(2), (torch.randn(2, 6, 2, 2),), {})),
    Example("three groups", lambda: (F.channel_shuffle, (torch.randn(1, 6, 3), 3), {})),
    Example("one group", lambda: (F.channel_shuffle, (torch.randn(1, 4, 2, 2), 1), {})),
    Example("a volume", lambda: (F.channel_shuffle, (torch.randn(1, 4, 2, 1, 2), 2), {})),
    Example(
        "whole numbers", lambda: (F.channel_shuffle, (torch.arange(8).view(1, 4, 2, 1), 2), {})
    ),
)

"""Convolution in sentences: what a configuration does, and where a reader goes wrong with it."""

from __future__ import annotations

import math

from generator.layers.conv_setup import Setup
from generator.layers.registry import Note
from generator.layers.windows import Axis, Window, border_text, counted, sizes_text, steps_text

_PADDED = {
    "zeros": "with zeros",
    "reflect": "by reflection",
    "replicate": "with copies of its edge",
    "circular": "from its opposite edge",
}
BEYOND = {
    "zeros": "0 beyond its edges",
    "reflect": "mirrored at its edges",
    "replicate": "its edges repeated beyond them",
    "circular": "continued from the opposite edge",
}
"""What the input is outside of itself."""


def summary(setup: Setup) -> str:
    """What the layer does, in one sentence with its numbers."""
    border = border_text(setup.axes, setup.windows)
    over = f"the input padded {border} {_PADDED[setup.mode]}" if border else "the unpadded input"
    who = f"Each of the {setup.filters} output channels" if setup.filters > 1 else "The output"
    return (
        f"{who} is a weighted sum over a window of {_window_text(setup)} in "
        f"{_channels_text(setup)}{', plus a bias' if setup.bias else ', without a bias'}; "
        f"the window moves {steps_text(setup.windows)} over {over}."
    )


def _window_text(setup: Setup) -> str:
    extents = [w.extent for w in setup.windows]
    if math.prod(extents) == 1:
        return "one position"
    text = f"{sizes_text(extents)} positions"
    apart = [w.dilation for w in setup.windows if w.extent > 1]
    if set(apart) == {1}:
        return text
    return f"{text}, {apart[0] if len(set(apart)) == 1 else sizes_text(apart)} apart,"


def _channels_text(setup: Setup) -> str:
    inputs, _ = setup.group
    if setup.groups == 1:
        return {1: "the input channel", 2: "both input channels"}.get(
            inputs, f"all {inputs} input channels"
        )
    channels = "one input channel" if inputs == 1 else f"{inputs} input channels"
    return f"the {channels} of its group, one of {setup.groups} groups"


def notes(setup: Setup) -> tuple[Note, ...]:
    """What a reader gets wrong, as far as it is true of this configuration."""
    found = (
        _flipping(setup),
        _border(setup),
        _asymmetry(setup),
        _grouping(setup),
        _spreading(setup),
        *(_unread(setup, a, w) for a, w in zip(setup.axes, setup.windows, strict=True)),
    )
    return tuple(note for note in found if note is not None)


def _flipping(setup: Setup) -> Note | None:
    if all(w.extent == 1 for w in setup.windows):
        return None
    zeros = ",".join("0" for _ in setup.axes)
    return Note(
        "The kernel is not flipped",
        rf"What deep learning calls convolution is cross-correlation: \(W_{{o,c,{zeros}}}\) meets "
        "the first cell of the window. The convolution of signal processing would reverse the "
        "kernel along each axis first.",
    )


def _border(setup: Setup) -> Note | None:
    if not setup.padded:
        return None
    if setup.mode == "zeros":
        text = (
            "Where the window crosses the border, the cells outside of the input count as 0: "
            "the sum there has fewer terms that matter, and no gradient goes to those cells."
        )
    else:
        text = (
            f"Where the window crosses the border, the input is {BEYOND[setup.mode]}. A cell "
            "that is copied there is read more often than others, and its gradient is the sum "
            "over itself and its copies."
        )
    return Note("Cells beyond the border", text)


def _asymmetry(setup: Setup) -> Note | None:
    odd = [(a, w) for a, w in zip(setup.axes, setup.windows, strict=True) if w.before != w.after]
    if not odd:
        return None
    sides = "; ".join(f"along the {a.name} {w.before} before and {w.after} after" for a, w in odd)
    return Note(
        "`same` pads unevenly here",
        f"The padding that keeps the size is an odd number and cannot be halved, so one more "
        f"goes to the end: {sides}.",
    )


def _grouping(setup: Setup) -> Note | None:
    if setup.groups == 1:
        return None
    inputs, outputs = setup.group
    if inputs == 1:
        text = (
            f"A depthwise convolution: each of the {setup.channels} input channels is filtered "
            f"by itself, by {counted(outputs, 'filter')} of its own, and channels are never mixed. "
            "So the weight's second axis has length 1."
        )
    else:
        text = (
            f"The channels are split into {setup.groups} groups: an output channel sees the "
            f"{inputs} consecutive input channels of its group and no others. The weight's "
            "second axis counts within the group."
        )
    return Note("Groups", text)


def _spreading(setup: Setup) -> Note | None:
    spread = [w for w in setup.windows if w.dilation > 1 and w.extent > 1]
    if not spread:
        return None
    reach = sizes_text([w.dilation * (w.extent - 1) + 1 for w in setup.windows])
    return Note(
        "Dilation leaves gaps",
        f"A filter has {sizes_text([w.extent for w in setup.windows])} weights, but they span "
        f"{reach} positions of the input: a window does not read those between its weights.",
    )


def _unread(setup: Setup, axis: Axis, window: Window) -> Note | None:
    count = len(window.unread)
    # a cell in no window may still be read as a copy
    if count == 0 or setup.copies:
        return None
    verb = "is" if count == 1 else "are"
    return Note(
        f"Not every {axis.cell} is read",
        f"Stride and size do not cover the {axis.name}: {counted(count, axis.cell)} of "
        f"{window.length} {verb} in no window. The values there change nothing and their gradient "
        "is 0.",
    )

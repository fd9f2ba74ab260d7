"""Transposed convolution in sentences: what it does, and where a reader goes wrong with it."""

from __future__ import annotations

import math

from generator.layers.conv_transpose_setup import Transposed
from generator.layers.registry import Note
from generator.layers.windows import counted, sizes_text, steps_text


def summary(setup: Transposed) -> str:
    """What the layer does, in one sentence with its numbers."""
    _, outputs = setup.group
    into = f"each of the {setup.filters} output channels" if setup.filters > 1 else "the output"
    if setup.groups > 1:
        into = f"{counted(outputs, 'output channel')} of its group"
    each = sizes_text([w.extent for w in setup.windows])
    cut = any(w.before for w in setup.windows)
    return (
        f"Each value of the {counted(setup.channels, 'input channel')} is multiplied by "
        f"{each} weights for {into}, and the products are added up there, in windows that move "
        f"{steps_text(setup.windows)}{', plus a bias' if setup.bias else ''}"
        f"{'; the border is then taken away' if cut else ''}."
    )


def notes(setup: Transposed) -> tuple[Note, ...]:
    """What a reader gets wrong, as far as it is true of this configuration."""
    found = (_no_inverse(setup), _border(setup), _added(setup), _uneven(setup), _grouping(setup))
    return tuple(note for note in found if note is not None)


def _no_inverse(setup: Transposed) -> Note:
    rank = len(setup.axes)
    return Note(
        "It undoes no convolution",
        f"Also called deconvolution, it is the map by which a `Conv{rank}d` with the same options "
        "sends gradients back to its input: it restores the shape, not the values.",
    )


def _border(setup: Transposed) -> Note | None:
    cut = [
        counted(w.before, a.cell)
        for a, w in zip(setup.axes, setup.windows, strict=True)
        if w.before
    ]
    if not cut:
        return None
    return Note(
        "Padding makes the output smaller",
        f"`padding` takes {' and '.join(cut)} away at each end; it is the padding of the "
        "convolution in the other direction.",
    )


def _added(setup: Transposed) -> Note | None:
    if not any(setup.added):
        return None
    text = " and ".join(
        counted(n, a.cell) for n, a in zip(setup.added, setup.axes, strict=True) if n
    )
    return Note(
        "Output padding is no padding with zeros",
        f"It makes the output longer by {text} at the end alone. What falls there is calculated "
        "like everything else.",
    )


def _uneven(setup: Transposed) -> Note | None:
    uneven = [
        w for w in setup.windows if w.extent > w.stride > 1 and w.extent % w.stride and w.count > 1
    ]
    if not uneven or math.prod(w.dilation for w in setup.windows) > 1:
        return None
    return Note(
        "Checkerboard",
        f"The size {uneven[0].extent} is no multiple of the stride {uneven[0].stride}: some "
        "outputs collect more products than their neighbours, which may show as a pattern.",
    )


def _grouping(setup: Transposed) -> Note | None:
    if setup.groups == 1:
        return None
    inputs, outputs = setup.group
    return Note(
        "Groups",
        f"The channels are split into {setup.groups} groups: {counted(inputs, 'input channel')} "
        f"of a group reach its {counted(outputs, 'output channel')} and no others. The weight's "
        "first axis counts all input channels, its second the outputs of a group.",
    )

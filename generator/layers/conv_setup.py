"""What a convolution is configured to do, read from its call; what is not explained is refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from generator.formula.tree import Var
from generator.layers import windows
from generator.layers.registry import Call, Refused
from generator.layers.windows import Axis, Window, for_each_axis

MODES = ("zeros", "reflect", "replicate", "circular")
"""How the input goes on beyond its edges."""


@dataclass(frozen=True)
class Setup:
    """One configuration of a convolution."""

    batch: int | None
    """Batch size; None for an input without a batch."""
    axes: tuple[Axis, ...]
    windows: tuple[Window, ...]
    channels: int
    filters: int
    groups: int
    mode: str
    bias: bool

    @property
    def lead(self) -> tuple[Var, ...]:
        """The index of the batch, where there is one."""
        return () if self.batch is None else (Var("n"),)

    @property
    def padded(self) -> bool:
        """Whether any axis has padding."""
        return any(w.before + w.after > 0 for w in self.windows)

    @property
    def copies(self) -> bool:
        """Whether the padding consists of the input's own cells."""
        return self.padded and self.mode != "zeros"

    @property
    def group(self) -> tuple[int, int]:
        """Input and output channels of a group."""
        return self.channels // self.groups, self.filters // self.groups

    @cached_property
    def settings(self) -> dict[str, int | float | bool]:
        """The numbers by the names of the equations' symbols."""
        inputs, outputs = self.group
        return {
            **windows.settings(self.axes, self.windows),
            **({} if self.batch is None else {"N": self.batch}),
            "C": self.channels,
            "O": self.filters,
            "C_g": inputs,
            "O_g": outputs,
            "mixed": inputs > 1 or self.groups == 1,
            "bias": self.bias,
        }


def setup_of(call: Call) -> Setup:
    """The call's configuration; Refused where it is not explained."""
    shape, weight = call.shape(), call.shape("weight")
    rank = len(weight) - 2
    _check(call, rank)
    channels = shape[-rank - 1]
    return Setup(
        batch=shape[0] if len(shape) == rank + 2 else None,
        axes=windows.axes(rank),
        windows=_windows(call, rank),
        channels=channels,
        filters=weight[0],
        groups=channels // weight[1],
        mode=str(call.options["padding_mode"]),
        bias="bias" in call.tensors,
    )


def _check(call: Call, rank: int) -> None:
    name = call.type.rpartition(".")[2]
    for tensor in call.tensors.values():
        if tensor.integer or tensor.dtype.startswith("complex"):
            message = f"{name} on {tensor.dtype}: only real floating-point numbers are explained"
            raise Refused(message)
    mode, padding = call.options["padding_mode"], call.options["padding"]
    if mode not in MODES:
        message = f"{name}(padding_mode={mode!r}): this padding is not explained"
        raise Refused(message)
    # torch pads the last axis alone where such a module has one number for all
    if mode != "zeros" and isinstance(padding, list | tuple) and len(padding) != rank:
        message = f"{name}(padding={padding!r}, padding_mode={mode!r}): expected {rank} integers"
        raise Refused(message)


def _windows(call: Call, rank: int) -> tuple[Window, ...]:
    extents = call.shape("weight")[2:]
    strides = for_each_axis(call.options["stride"], rank, "stride")
    dilations = for_each_axis(call.options["dilation"], rank, "dilation")
    padding = _padding(call.options["padding"], extents, dilations)
    return tuple(
        Window(
            length=call.shape()[k - rank],
            count=call.output.shape[k - rank],
            extent=extents[k],
            stride=strides[k],
            before=padding[k][0],
            after=padding[k][1],
            dilation=dilations[k],
        )
        for k in range(rank)
    )


def _padding(
    option: object, extents: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Padding before and after, for each axis."""
    if option == "valid":
        return ((0, 0),) * len(extents)
    if option == "same":
        needed = [d * (k - 1) for d, k in zip(dilations, extents, strict=True)]
        return tuple((t // 2, t - t // 2) for t in needed)
    found = for_each_axis(option, len(extents), "padding")
    if min(found) < 0:
        message = f"padding={option!r}: negative padding is not explained"
        raise Refused(message)
    return tuple((p, p) for p in found)

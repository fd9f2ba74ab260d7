"""What a transposed convolution is configured to do; what is not explained is refused.

It is the map by which a convolution sends gradients back. So its axes are a convolution's with
input and output exchanged: an axis' `source` is a position of this layer's output, and `at`, the
position of the window, is one of its input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from generator.formula.tree import Expr, Sym, Var
from generator.layers import windows
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.elementwise import real
from generator.layers.registry import Call, Refused
from generator.layers.windows import Axis, Window, for_each_axis


@dataclass(frozen=True)
class Transposed:
    """One configuration of a transposed convolution."""

    batch: int | None
    """Batch size; None for an input without a batch."""
    axes: tuple[Axis, ...]
    windows: tuple[Window, ...]
    added: tuple[int, ...]
    """Positions that output_padding adds at the end of each axis."""
    channels: int
    filters: int
    groups: int
    bias: bool

    @property
    def lead(self) -> tuple[Var, ...]:
        """The index of the batch, where there is one."""
        return () if self.batch is None else (Var("n"),)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the axes, the same for the input and the output."""
        batch = () if self.batch is None else ("batch",)
        return (*batch, "channel", *(a.name for a in self.axes))

    @property
    def group(self) -> tuple[int, int]:
        """Input and output channels of a group."""
        return self.channels // self.groups, self.filters // self.groups

    def added_symbol(self, k: int) -> Sym:
        """The symbol of what output_padding adds along an axis."""
        name = self.axes[k].stride.name.replace("s", "a", 1)
        return Sym(name, name, f"output padding after the last {self.axes[k].cell}")

    def length(self, k: int) -> Expr:
        """H' = (H - 1) s - 2p + d (K - 1) + a + 1."""
        axis = self.axes[k]
        spread = axis.dilation * (axis.extent - 1) + self.added_symbol(k) + 1
        return (axis.count - 1) * axis.stride - 2 * axis.padding + spread

    @cached_property
    def settings(self) -> dict[str, int | float | bool]:
        """The numbers by the names of the equations' symbols."""
        inputs, outputs = self.group
        return {
            **windows.settings(self.axes, self.windows),
            **{self.added_symbol(k).name: n for k, n in enumerate(self.added)},
            **({} if self.batch is None else {"N": self.batch}),
            "C": self.channels,
            "O": self.filters,
            "C_g": inputs,
            "O_g": outputs,
            "bias": self.bias,
        }


def setup_of(call: Call) -> Transposed:
    """The call's configuration; Refused where it is not explained."""
    real(call, *call.tensors)
    refuse_types(call)
    shape, weight = call.shape(), call.shape("weight")
    rank = len(weight) - 2
    if call.options["padding_mode"] != "zeros":
        mode = call.options["padding_mode"]
        raise Refused(f"{spelled(call)}(padding_mode={mode!r}): this padding is not explained")
    groups = call.options["groups"]
    if not isinstance(groups, int) or len(shape) - rank not in {1, 2}:
        raise Refused(f"{spelled(call)} of an input {list(shape)} is not explained")
    found = _windows(call, rank)
    return Transposed(
        batch=shape[0] if len(shape) == rank + 2 else None,
        axes=tuple(_exchanged(a) for a in windows.axes(rank)),
        windows=found,
        added=tuple(_added(call, w, k) for k, w in enumerate(found)),
        channels=weight[0],
        filters=weight[1] * groups,
        groups=groups,
        bias="bias" in call.tensors,
    )


def _windows(call: Call, rank: int) -> tuple[Window, ...]:
    options = ("stride", "padding", "dilation")
    strides, paddings, dilations = (
        for_each_axis(call.options[name], rank, f"{spelled(call)}: {name}") for name in options
    )
    return tuple(
        Window(
            length=call.output.shape[k - rank],
            count=call.shape()[k - rank],
            extent=call.shape("weight")[k + 2],
            stride=strides[k],
            before=paddings[k],
            after=paddings[k],
            dilation=dilations[k],
        )
        for k in range(rank)
    )


def _added(call: Call, window: Window, k: int) -> int:
    """What output_padding or output_size adds along an axis."""
    spread = window.dilation * (window.extent - 1) + 1
    least = (window.count - 1) * window.stride - 2 * window.before + spread
    found = window.length - least
    rank = len(call.shape("weight")) - 2
    given = for_each_axis(call.options["output_padding"], rank, "output_padding")[k]
    if call.options["output_size"] is None and found != given:
        message = (
            f"{spelled(call)}: the output has length {window.length}, expected {least + given}"
        )
        raise Refused(message)
    return found


def _exchanged(axis: Axis) -> Axis:
    """The axis of a convolution with the roles of input and output exchanged."""
    # the letters stay: h counts positions of the output, u those of the input
    return replace(
        axis,
        at=axis.source,
        source=axis.at,
        length=axis.count,
        count=axis.length,
        padding=replace(axis.padding, meaning=f"{axis.cell}s taken away at both ends"),
    )

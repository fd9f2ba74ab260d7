"""y = the next value of s where a mask holds, and x elsewhere: values are filled in row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from generator.formula.build import cases
from generator.formula.tree import Equation, Tensor
from generator.layers.addressing import place_axes
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.broadcasting import in_place
from generator.layers.dims import indices_at, output_of
from generator.layers.dtypes import spelled
from generator.layers.masked import Masked, positions
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_IN_TURN = Note(
    "Not element by element",
    "The source is read in turn, one value for each position at which the mask holds: its shape "
    "does not matter, and what is left over is not read.",
)


def _drawn(
    tensors: Mapping[str, torch.Tensor], options: Mapping[str, object], output: torch.Tensor
) -> Mapping[str, torch.Tensor]:
    """Where the mask holds, and where each value of the source went."""
    found = positions(tensors, options, output)
    source = tensors.get("source")
    if not found or source is None:
        return found
    held = tensors["mask"].bool().expand(found["before"].shape).flatten().nonzero().flatten()
    target = held.new_full((source.numel(),), -1)
    filled = min(len(held), len(target))
    target[:filled] = held[:filled]
    return {**found, "target": target.reshape(source.shape)}


@explains(
    "torch.masked_scatter",
    "torch.Tensor.masked_scatter",
    "torch.Tensor.masked_scatter_",
    arguments="input, mask, source",
    title="Masked scatter",
    search=("boolean assignment", "merge embeddings", "torch.masked_scatter"),
    draw=_drawn,
)
def masked_scatter(call: Call) -> Formula:
    """The input with the source's values, one after the other, where the mask holds."""
    masked, own = Masked.of(call), _axes(call)
    s = _source(call, own)
    y = output_of(masked.axes, integer=call.output.integer)
    x = masked.full["input"]
    read = s[indices_at(own, masked.before)]
    gradients = {
        **masked.full.gradients({"input": cases((masked.holds, 0), otherwise=masked.full.g)}),
        "source": _gradient(masked, y, s, own),
    }
    return Formula(
        summary="Where the mask holds, the source's values are filled in one after the other, row "
        "by row; elsewhere the input stays.",
        forward=Equation(
            y,
            at(masked.axes),
            # an empty source is not read at all
            cases((masked.holds, read), otherwise=x) if all(call.shape("source")) else x,
            (masked.x, masked.m, masked.r, s),
        ),
        gradients={} if call.output.integer else gradients,
        settings={**masked.full.settings, **settings(own, call.shape("source"))},
        axes={**masked.full.named, "source": names(own)},
        notes=(_IN_TURN, *in_place(call)),
    )


def _axes(call: Call) -> tuple[Axis, ...]:
    """The source's axes, with letters of their own."""
    return place_axes(len(call.shape("source")), "q")


def _source(call: Call, own: tuple[Axis, ...]) -> Tensor:
    found = call.tensors["source"]
    if found.dtype != call.output.dtype:
        message = f"{spelled(call)}: the source is {found.dtype}, the input {call.output.dtype}"
        raise Refused(f"{message}; this is not explained")
    meaning, sizes = "what is filled in", lengths(own)
    return Tensor("source", "s", sizes, meaning, integer=found.integer, label="Source")


def _gradient(masked: Masked, y: Tensor, s: Tensor, own: tuple[Axis, ...]) -> Equation:
    """What the one element sends back into which a value of the source went, if any."""
    g = upstream(y)
    meaning = "row-major position at which this value was filled in, -1 where it was not"
    t = Tensor("target", "t", s.sizes, meaning, "drawn", integer=True, label="Target")
    there = t[at(own)]
    body = cases((there >= 0, g[indices_at(masked.axes, there)]), otherwise=0)
    return Equation(gradient_of(s), at(own), body, (g, t))


def _scatter(
    shape: tuple[int, ...], mask: tuple[int, ...], *source: int, share: float = 0.5
) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        held = torch.rand(mask) < share
        return torch.masked_scatter, (torch.randn(shape), held, torch.randn(source)), {}

    return Example(f"masked_scatter {shape}, {mask}, {source}, {share}", run)


examples(
    _scatter((6,), (6,), 6),
    _scatter((3, 4), (3, 4), 12),
    _scatter((3, 4), (3, 4), 4, 5),
    _scatter((2, 3, 4), (2, 3, 1), 2, 3, 4),
    _scatter((3, 4), (4,), 3, 4),
    _scatter((3, 1), (3, 4), 12),
    _scatter((3, 4), (3, 4), 2, share=0.0),
    _scatter((3, 4), (3, 4), 12, share=1.0),
    _scatter((3, 4), (3, 4), 0, share=0.0),
    _scatter((), (), 1, share=1.0),
    Example(
        "whole numbers",
        lambda: (
            torch.Tensor.masked_scatter,
            (torch.arange(6), torch.arange(6) % 2 == 0, torch.tensor([-1, -2, -3])),
            {},
        ),
    ),
)

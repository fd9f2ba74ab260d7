"""yₖ[n, c] = x[n, c + oₖ]: consecutive parts of a tensor along an axis."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generator.formula.tree import Equation, Expr, Num, Read, Sym, Tensor
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import axis_at, dims, input_of, numbered
from generator.layers.dtypes import spelled
from generator.layers.movement import refuse_change
from generator.layers.pieces import FEW, Piece, Whole, held, joined, offsets
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Output,
    Refused,
    examples,
    explains,
)
from generator.layers.tensors import gradient_of, upstream

_SEARCH = ("parts", "slices", "movement of data")
_SHORTER = Note(
    "The last part is shorter",
    "The length of the axis is no multiple of the parts' length; the last part has what is left.",
)
_FEWER = Note(
    "Fewer parts than asked for",
    "`chunk` rounds the parts' length up, and the axis may be used up before the number of parts "
    "that was asked for is reached.",
)


@explains(
    "torch.split",
    "torch.Tensor.split",
    "torch.unsafe_split",
    "torch.Tensor.unsafe_split",
    arguments="input, split_size_or_sections, dim=0",
    title="Split",
    search=_SEARCH,
)
@explains(
    "torch.split_with_sizes",
    "torch.Tensor.split_with_sizes",
    "torch.unsafe_split_with_sizes",
    "torch.Tensor.unsafe_split_with_sizes",
    arguments="input, split_sizes, dim=0",
    title="Split",
    search=_SEARCH,
)
@explains(
    "torch.chunk",
    "torch.Tensor.chunk",
    "torch.unsafe_chunk",
    "torch.Tensor.unsafe_chunk",
    arguments="input, chunks, dim=0",
    title="Chunk",
    search=("split", *_SEARCH),
)
@explains(
    "torch.tensor_split",
    "torch.Tensor.tensor_split",
    arguments="input, indices_or_sections, dim=0",
    title="Split",
    search=_SEARCH,
)
def split(call: Call) -> Formula:
    """Parts along the axis `dim`; their lengths tell where each begins."""
    return _parts(call, axis_at(call, "dim"))


@explains(
    "torch.hsplit",
    "torch.vsplit",
    "torch.dsplit",
    "torch.Tensor.hsplit",
    "torch.Tensor.vsplit",
    "torch.Tensor.dsplit",
    arguments="input, indices_or_sections",
    title="Split",
    search=_SEARCH,
)
def split_along(call: Call) -> Formula:
    """Parts along the axis that the function's name stands for."""
    along = {"h": min(1, len(call.shape()) - 1), "v": 0, "d": 2}
    return _parts(call, along[spelled(call).removeprefix("Tensor.")[0]])


def _parts(call: Call, along: int) -> Formula:
    refuse_change(call, others=("indices_or_sections",))
    shape = call.shape()
    widths = [o.shape[along] for o in call.outputs]
    if sum(widths) != shape[along]:
        # tensor_split with indices that decrease gives parts that overlap
        raise Refused(f"{spelled(call)}: parts that overlap are not explained")
    axes = dims(len(shape))
    starts, numbers = offsets(widths, what="part")
    place, total = axes[along].at, axes[along].length
    x = input_of(axes, integer=call.tensors["input"].integer)
    begins = [0, *numbers.values()]
    holds = [held(start, width, along) for start, width in zip(begins, widths, strict=True)]
    found = [_part(k, axes, along, x, start) for k, start in enumerate(starts)]
    pieces = [
        Piece(part.back if call.reached[k] else Num(0), end)
        for k, (part, end) in enumerate(zip(found, [*starts[1:], total], strict=True))
        if widths[k]  # no position lies in a part of length 0
    ]
    body, stages = joined(Whole(at(axes), lengths(axes), place), pieces or [_NOTHING], "parts")
    arriving = tuple(p.g for k, p in enumerate(found) if call.reached[k] and widths[k])
    return Formula(
        summary=_summary(shape[along], along, widths),
        forward=found[0].equation,
        others=tuple(
            Output(str(k), p.equation, names(axes), called=f"part {k}", holds=holds[k])
            for k, p in enumerate(found)
            if k
        ),
        called="part 0",
        holds=holds[0],
        gradients={}
        if x.integer
        else {"input": Equation(gradient_of(x), at(axes), body, arriving, stages)},
        settings={
            **settings(axes, shape),
            **numbers,
            **{p.length.name: width for p, width in zip(found, widths, strict=True)},
        },
        axes={
            "input": names(axes),
            "output": names(axes),
            **{n: ("position",) * len(a.shape) for n, a in call.tensors.items() if n != "input"},
        },
        notes=_notes(call, widths),
    )


_NOTHING = Piece(Num(0), Num(0))


@dataclass(frozen=True)
class _Part:
    equation: Equation
    length: Sym
    back: Read
    """The upstream gradient of the part at an element of the input."""
    g: Tensor


def _part(k: int, axes: tuple[Axis, ...], along: int, x: Tensor, start: Expr) -> _Part:
    """What the k-th part is in the formulas; it begins at `start`."""
    mine = numbered(axes[along], k, f"part {k}")
    own = (*axes[:along], mine, *axes[along + 1 :])
    y = Tensor(
        f"output_{k}" if k else "output",
        f"y^{{({k})}}",
        lengths(own),
        f"part {k}",
        "result",
        integer=x.integer,
        label=f"Part {k}",
    )
    inside = _replaced(axes, along, mine.at + start if k else mine.at)
    behind = _replaced(axes, along, mine.at - start if k else mine.at)
    g = upstream(y)
    return _Part(Equation(y, at(own), x[inside], (x,)), mine.length, g[behind], g)


def _replaced(axes: tuple[Axis, ...], along: int, index: Expr) -> tuple[Expr, ...]:
    return (*at(axes[:along]), index, *at(axes[along + 1 :]))


def _summary(length: int, along: int, widths: list[int]) -> str:
    if len(widths) == 1:
        return f"Axis {along} of length {length} stays whole: the only part is the input itself."
    *first, last = widths
    if len(set(widths)) == 1:
        lengths = f"length {last} each"
    elif len(set(first)) == 1 and len(first) > 1:
        lengths = f"length {first[0]}, the last one of {last}"
    elif len(widths) <= FEW:
        lengths = f"lengths {', '.join(map(str, first))} and {last}"
    else:
        lengths = f"lengths from {min(widths)} to {max(widths)}"
    return f"Axis {along} of length {length} is cut into {len(widths)} parts of {lengths}."


def _notes(call: Call, widths: list[int]) -> tuple[Note, ...]:
    *first, last = widths
    size, chunks = call.options.get("split_size_or_sections"), call.options.get("chunks")
    if isinstance(chunks, int) and len(widths) < chunks:
        return (_FEWER,)
    uneven = first and last < first[0]
    return (_SHORTER,) if uneven and (isinstance(size, int) or chunks is not None) else ()


def _call(name: str, shape: tuple[int, ...], *args: object) -> Example:
    return Example(
        f"{name} {shape}, {args}",
        lambda: (getattr(torch, name), (torch.randn(shape), *args), {}),
    )


examples(
    _call("split", (6, 2), 2),
    _call("split", (7, 2), 3),
    _call("split", (2, 6, 3, 3), 4, 1),
    _call("split", (2, 6), (1, 2, 3), -1),
    _call("split", (5,), 5),
    _call("split", (0, 2), 3),
    _call("split", (2, 4), [0, 4, 0], 1),
    _call("split", (30, 2), 1),
    Example("Tensor.split", lambda: (torch.Tensor.split, (torch.randn(2, 3, 4), 2), {"dim": 2})),
    Example("whole numbers", lambda: (torch.split, (torch.arange(7), 3), {})),
    Example("truth values", lambda: (torch.chunk, (torch.arange(6) > 2, 2), {})),
    Example("float16", lambda: (torch.split, (torch.randn(4).half(), 3), {})),
    _call("split_with_sizes", (5, 2), [2, 3]),
    _call("unsafe_split", (5, 2), 2),
    _call("unsafe_chunk", (5, 2), 2),
    _call("chunk", (2, 12, 2), 3, 1),
    _call("chunk", (5, 2), 4),
    _call("chunk", (7,), 3),
    _call("tensor_split", (7, 2), 3),
    _call("tensor_split", (7, 2), (1, 4)),
    _call("tensor_split", (2, 7), [3], 1),
    Example(
        "tensor_split by a tensor",
        lambda: (torch.tensor_split, (torch.randn(7, 2), torch.tensor([1, 4])), {}),
    ),
    _call("hsplit", (2, 6), 3),
    _call("hsplit", (6,), [2]),
    _call("vsplit", (4, 2), 2),
    _call("dsplit", (2, 2, 5), [1, 3]),
)

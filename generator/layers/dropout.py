"""y = m · x / (1 - p): values, or whole channels, are dropped by a mask that is drawn at random."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.tree import Equation, Num, Sym, Tensor, When, mul
from generator.layers.axes import (
    Axis,
    at,
    channel_axes,
    feature_axes,
    lengths,
    names,
    settings,
    unnamed,
)
from generator.layers.registry import Call, Example, Formula, Note, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_P = Sym("p", "p", "probability of being dropped", integer=False)
_ARGUMENTS = "input, p=0.5, training=True, inplace=False"
_BATCHED_RANK = {"1d": 3, "3d": 5}
"""The rank at which torch takes the first axis as a batch; the 2d form takes it so always."""
_SAVED = {"MulBackward0": "_saved_other", "NativeDropoutBackward0": "_saved_result1"}
"""Where autograd keeps the factor (CPU) or the mask (CUDA) for its own backward pass."""


def _kind(type_name: str) -> str:
    """`2d` for whole channels of an image, `` for single values."""
    if type_name == "torch.feature_dropout":
        return "2d"
    return type_name[-2:] if type_name.endswith("d") else ""


def _masked(kind: str, rank: int) -> int:
    """How many axes the mask has: all of them, or those up to the channel."""
    if not kind:
        return rank
    return 2 if rank == _BATCHED_RANK.get(kind, rank) else 1


def _probability(options: Mapping[str, object]) -> float:
    p = options.get("p")
    if isinstance(p, bool) or not isinstance(p, int | float):
        raise Refused(f"dropout(p={p!r}): only a number is explained")
    return float(p)


def _draws(options: Mapping[str, object]) -> bool:
    """Whether there is a mask at all; otherwise torch returns the input as it is."""
    training = options["training"] if "training" in options else options["train"]
    # a probability that is no number is refused later, not while the model runs
    return bool(training) and options.get("p") not in (None, 0)


def _drawn(
    kind: str,
    tensors: Mapping[str, torch.Tensor],
    options: Mapping[str, object],
    output: torch.Tensor,
) -> Mapping[str, torch.Tensor]:
    """The mask of the call that has just run, as 0 and 1."""
    del tensors
    if not _draws(options):
        return {}
    shape = output.shape[: _masked(kind, output.dim())]
    count = math.prod(shape)
    mask = _saved(output, count)
    if mask is None:
        # where all that it covers is 0 in the input, the mask does not matter
        values = output.detach().reshape(*shape, math.prod(output.shape[len(shape) :]))
        mask = (values != 0).any(-1)
    return {"mask": (mask.detach() != 0).to(output.dtype).reshape(shape)}


def _saved(output: torch.Tensor, count: int) -> torch.Tensor | None:
    """The factor or mask in the output's graph; None where there is none of so many elements."""
    node: Any = output.grad_fn
    if node is not None and node.name().startswith("SqueezeBackward"):
        node = node.next_functions[0][0]  # the batch axis that an unbatched input was given
    attribute = None if node is None else _SAVED.get(node.name())
    found = None if attribute is None else getattr(node, attribute)
    if not isinstance(found, torch.Tensor):
        return None
    if found.dim() == 0:
        found = found.expand(count)  # p = 1: all is multiplied by one zero
    return found if found.numel() == count else None


@explains(
    "torch.nn.Dropout",
    "torch.nn.functional.dropout",
    arguments=_ARGUMENTS,
    title="Dropout",
    search=("dropout", "F.dropout"),
    draw=partial(_drawn, ""),
)
@explains(
    "torch.dropout",
    arguments="input, p, train",
    title="Dropout",
    search=("dropout",),
    draw=partial(_drawn, ""),
)
@explains(
    "torch.nn.Dropout1d",
    "torch.nn.functional.dropout1d",
    arguments=_ARGUMENTS,
    title="Dropout of channels, 1d",
    search=("dropout", "feature dropout", "spatial dropout"),
    draw=partial(_drawn, "1d"),
)
@explains(
    "torch.nn.Dropout2d",
    "torch.nn.functional.dropout2d",
    arguments=_ARGUMENTS,
    title="Dropout of channels, 2d",
    search=("dropout", "feature dropout", "spatial dropout"),
    draw=partial(_drawn, "2d"),
)
@explains(
    "torch.nn.Dropout3d",
    "torch.nn.functional.dropout3d",
    arguments=_ARGUMENTS,
    title="Dropout of channels, 3d",
    search=("dropout", "feature dropout", "spatial dropout"),
    draw=partial(_drawn, "3d"),
)
@explains(
    "torch.feature_dropout",
    arguments="input, p, train",
    title="Dropout of channels",
    search=("dropout", "feature dropout", "spatial dropout"),
    draw=partial(_drawn, "2d"),
)
def dropout(call: Call) -> Formula:
    """With a mask in training, and the identity in evaluation."""
    kind, shape = _kind(call.type), call.shape()
    drawn, p = _draws(call.options), _probability(call.options)
    _refuse(call, kind)
    masked = _masked(kind, len(shape))
    axes = channel_axes(len(shape), batch=masked == 2) if kind else _plain_axes(len(shape))
    x = Tensor("input", "x", lengths(axes), "input of the layer", label="Input")
    y = Tensor("output", "y", lengths(axes), "output of the layer", "result")
    g = upstream(y)
    covered = axes[:masked] if drawn else None
    return Formula(
        summary=_summary(call, kind),
        forward=_equation(y, x, axes, covered),
        gradients={"input": _equation(gradient_of(x), g, axes, covered)},
        settings={**settings(axes, shape), "p": p, "rescaled": p < 1},
        axes={
            **dict.fromkeys(("input", "output"), names(axes)),
            **({"mask": names(axes[:masked])} if drawn else {}),
        },
        notes=_notes(call, kind),
    )


def _plain_axes(rank: int) -> tuple[Axis, ...]:
    if rank == 0:
        return ()
    return unnamed(feature_axes(rank - 1) if rank < 4 else channel_axes(rank))


def _refuse(call: Call, kind: str) -> None:
    dtype, rank = call.tensors["input"].dtype, len(call.shape())
    if dtype.startswith("complex"):
        raise Refused(f"{call.type} of a {dtype} input is not explained")
    if kind and rank < _masked(kind, rank):
        raise Refused(f"{call.type}: an input of shape {call.shape()} has no channels")


def _equation(
    result: Tensor, read: Tensor, axes: tuple[Axis, ...], covered: tuple[Axis, ...] | None
) -> Equation:
    """Forward and backward alike: times the mask, over 1 - p; without a mask as it is."""
    if covered is None:
        return Equation(result, at(axes), read[at(axes)], (read,))
    mask = Tensor(
        "mask",
        "m",
        lengths(covered),
        "mask: 1 where kept, 0 where dropped; drawn at random in this run",
        "drawn",
        label="Drawn Mask",
    )
    body = mul(
        mask[at(covered)],
        read[at(axes)],
        When("rescaled", Num(1) / (Num(1) - _P)),
    )
    return Equation(result, at(axes), body, (read, mask))


def _summary(call: Call, kind: str) -> str:
    p = _probability(call.options)
    if not _draws(call.options):
        reason = "With probability 0" if p == 0 else "In evaluation mode"
        return f"{reason} nothing is dropped: the output is the input, unchanged."
    what = "channel" if kind else "value"
    if p == 1:
        return f"Every {what} is set to 0."
    return (
        f"Each {what} is set to 0 with probability {p:g}; "
        f"{'those' if kind else 'the values'} that are kept are divided by {1 - p:g}."
    )


def _notes(call: Call, kind: str) -> tuple[Note, ...]:
    found: list[Note] = []
    p = _probability(call.options)
    if not _draws(call.options):
        reason = "With probability 0" if p == 0 else "In evaluation mode"
        what = "channel" if kind else "value"
        text = f"{reason} there is no mask and no rescaling: \\(y = x\\)."
        if 0 < p < 1:
            text += (
                f" In training each {what} is kept with probability {1 - p:g} and then divided by "
                f"{1 - p:g}; the others are set to 0."
            )
        found.append(Note("Nothing is dropped here", text))
        return tuple(found)
    found.append(
        Note(
            "The mask is drawn, not calculated",
            "It is what torch drew in this run. Another run draws another one, and the backward "
            "pass uses the same mask as the forward pass.",
        )
    )
    if p < 1:
        found.append(
            Note(
                "What is kept grows",
                rf"It is divided by \(1 - p = {1 - p:g}\), so that the expected value of each "
                "output is its input, and evaluation needs no rescaling.",
            )
        )
    if kind:
        found.append(_channels(call, kind))
    return tuple(found)


def _channels(call: Call, kind: str) -> Note:
    text = "All positions of a channel have the same value of the mask."
    if kind == "2d" and len(call.shape()) == 3:
        text += (
            " Of an input with three axes torch takes the first as batch, the second as channel."
        )
    return Note("Whole channels are dropped", text)


def _example(function: Callable[..., object], *shape: int, **options: object) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return function, (torch.randn(shape),), options

    return Example(f"{torch.overrides.resolve_name(function)}, {shape}, {options}", run)


def _module(
    kind: type[nn.Module], *shape: int, evaluation: bool = False, p: float = 0.5
) -> Example:
    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return kind(p=p).train(not evaluation), (torch.randn(shape),), {}

    mode = "evaluation" if evaluation else "training"
    return Example(f"{kind.__name__}, {shape}, {mode}, p {p:g}", run)


examples(
    _module(nn.Dropout, 3, 5),
    _module(nn.Dropout, 3, 5, evaluation=True),
    _module(nn.Dropout, 2, 3, 4, p=0.1),
    _module(nn.Dropout, 2, 3, 4, 5, p=0.9),
    _module(nn.Dropout, 4, p=0.0),
    _module(nn.Dropout, 4, p=1.0),
    _module(nn.Dropout, p=0.3),
    _module(nn.Dropout, 1, 1),
    _module(nn.Dropout, 8, 16, 20, 20, p=0.3),
    _module(nn.Dropout1d, 3, 4, 5),
    _module(nn.Dropout1d, 6, 5),
    _module(nn.Dropout1d, 6, 5, p=1.0),
    _module(nn.Dropout2d, 2, 4, 3, 3, p=0.2),
    _module(nn.Dropout2d, 2, 4, 3, 3, evaluation=True),
    _module(nn.Dropout3d, 2, 4, 2, 2, 3),
    _module(nn.Dropout3d, 4, 2, 2, 3),
    _module(nn.Dropout3d, 4, 2, 2, 3, p=0.0),
    _example(F.dropout, 3, 5),
    _example(F.dropout, 3, 5, p=0.25, training=False),
    _example(F.dropout2d, 3, 2, 1, 1, p=0.4, training=True),
    _example(torch.dropout, 3, 5, p=0.2, train=True),
    _example(torch.feature_dropout, 3, 5, 2, p=0.2, train=True),
)

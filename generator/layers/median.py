"""y = the smallest x that at least half of all elements do not exceed: the lower median."""

from __future__ import annotations

import torch

from generator.formula.build import bracket, equal, smallest, total
from generator.formula.tree import Expr, Range, Stage, Sym
from generator.layers.dims import primed
from generator.layers.dtypes import spelled
from generator.layers.over_axes import Reduced, reduced, refuse_empty
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

_RANK = Sym("R", "R", "half of the number of values, rounded up")
_MOST = 2048
"""The definition compares each value with each other one."""
_LOWER = Note(
    "The lower of two",
    "Of an even number of values torch takes the lower of the two in the middle, not their mean.",
)
_TIES = Note(
    "Ties share the gradient",
    "Where several elements are equal to the median, each gets the same part.",
)


@explains(
    "torch.median",
    "torch.Tensor.median",
    arguments="input, dim=None, keepdim=False",
    title="Median",
    search=("order statistic", "quantile 0.5"),
)
def median(call: Call) -> Formula:
    """The lower median of all elements, or along the axis `dim` of whole numbers."""
    over = reduced(call)
    refuse_empty(over, "the median")
    if over.count > _MOST:
        message = f"{spelled(call)} of more than {_MOST} values is not explained: its definition"
        raise Refused(f"{message} compares each with each other one")
    if len(call.outputs) > 1 and not over.x.integer:
        message = f"{spelled(call)} along an axis: of several values that are equal to the median"
        raise Refused(f"{message} torch may send the gradient to any, which is not explained")
    body, stages = _shared(over)
    return Formula(
        summary=f"{over.each} is the median of {over.values}, {over.over}.",
        forward=over.forward(_median(over), shared=True),
        gradients=over.gradients(body, stages=stages),
        settings={**over.settings, "R": -(-over.count // 2)},
        axes=over.named,
        sizes=over.sizes,
        notes=(_LOWER, *(() if over.x.integer else (_TIES,))),
        result="median",
        others=_indices(over),
    )


def _median(over: Reduced) -> Expr:
    """min x over those x that R elements at least do not exceed."""
    if not over.spans:
        return over.value
    others = [over.axes[k] for k in over.gone]
    ranges: list[Range] = [primed(a).over(a.length) for a in others]
    other = over.x[tuple(primed(a) if a in others else a.at for a in over.axes)]
    enough = total(ranges, bracket(other <= over.value)) >= _RANK
    return smallest(over.spans, over.value, enough)


def _shared(over: Reduced) -> tuple[Expr, tuple[Stage, ...]]:
    if over.count == 1:
        return over.g, ()
    found, m = over.stage(
        "median", "m", "the output, computed once more from the input", _median(over)
    )
    here = bracket(equal(over.value, m))
    meaning = "how many elements are equal to the median"
    ties, count = over.stage("ties", "k", meaning, over.sum_of(here))
    return over.g * here / count, (found, ties)


def _indices(over: Reduced) -> tuple[Output, ...]:
    if len(over.call.outputs) == 1:
        return ()
    reason = "of several values that are equal to the median torch may name any"
    return (Output("indices", None, over.output_axes, reason),)


def _median_of(*shape: int) -> Example:
    return Example(f"median {shape}", lambda: (torch.median, (torch.randn(shape),), {}))


def _whole(*shape: int, **options: object) -> Example:
    return Example(
        f"median {shape}, whole, {options}",
        lambda: (torch.median, (torch.randint(0, 9, shape),), options),
    )


examples(
    _median_of(2, 3, 4),
    _median_of(5),
    _median_of(1),
    _median_of(),
    _median_of(8, 9),
    _whole(3, 4),
    _whole(3, 5, dim=1),
    _whole(3, 4, 2, dim=-2, keepdim=True),
    _whole(6, dim=0),
    Example("ties", lambda: (torch.median, (torch.randint(0, 3, (4, 5)).float(),), {})),
    Example("of float16", lambda: (torch.Tensor.median, (torch.randn(3, 4).half(),), {})),
)

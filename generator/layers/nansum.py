"""y = Σ x over the elements that are numbers, and their average: NaN is left out."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generator.formula.build import bracket, equal, total
from generator.formula.tree import Compare, Expr
from generator.layers.over_axes import Reduced, reduced, refuse_empty, refuse_whole
from generator.layers.registry import Call, Example, Formula, Note, examples, explains

_NAN = Note(
    "NaN is left out",
    r"NaN is the one value that is not equal to itself, so that \(x = x\) says that \(x\) is a "
    "number.",
)


@explains(
    "torch.nansum",
    "torch.Tensor.nansum",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Sum without NaN",
    search=("nansum", "missing values"),
)
def nansum(call: Call) -> Formula:
    """The sum of what is not NaN over the axes `dim`."""
    refuse_whole(call)
    over = reduced(call)
    numbers = _Numbers(over)
    return Formula(
        summary=f"{over.each} is the sum of those of {over.values} that are not NaN, {over.over}.",
        forward=over.forward(numbers.total),
        gradients=over.gradients(over.g * bracket(numbers.here)),
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=(_NAN,),
        result="sum",
    )


@explains(
    "torch.nanmean",
    "torch.Tensor.nanmean",
    arguments="input, dim=None, keepdim=False, dtype=None",
    title="Mean without NaN",
    search=("nanmean", "missing values"),
)
def nanmean(call: Call) -> Formula:
    """The average of what is not NaN over the axes `dim`."""
    over = reduced(call)
    refuse_empty(over, "the mean")
    numbers = _Numbers(over)
    meaning = "how many values are not NaN"
    stage, count = over.stage("count", "M", meaning, over.sum_of(bracket(numbers.here)))
    return Formula(
        summary=f"{over.each} is the average of those of {over.values} that are not NaN, "
        f"{over.over}.",
        forward=over.forward(numbers.total / count, stages=(stage,)),
        gradients=over.gradients(over.g * bracket(numbers.here) / count, stages=(stage,)),
        settings=over.settings,
        axes=over.named,
        sizes=over.sizes,
        notes=(_NAN,),
        result="average value",
    )


@dataclass(frozen=True)
class _Numbers:
    """The elements that are not NaN."""

    over: Reduced

    @property
    def here(self) -> Compare:
        """Whether the element is a number."""
        read = self.over.x[self.over.inside]
        return equal(read, read)

    @property
    def total(self) -> Expr:
        """Their sum."""
        if not self.over.spans:
            return self.over.value * bracket(self.here)
        return total(self.over.spans, self.over.value, self.here)


def _holed(*shape: int) -> torch.Tensor:
    x = torch.randn(shape)
    x.view(-1)[::3] = torch.nan
    return x


def _nansum(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"nansum {shape}, {args}, {options}",
        lambda: (torch.nansum, (_holed(*shape), *args), options),
    )


def _nanmean(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"nanmean {shape}, {args}, {options}",
        lambda: (torch.nanmean, (_holed(*shape), *args), options),
    )


examples(
    _nansum((2, 3, 4), (0, 1)),
    _nansum((2, 3, 4), -1, True),
    _nansum((2, 3, 4)),
    _nansum((5,), 0),
    _nansum(()),
    _nansum((0, 3), 0),
    _nansum((3, 400), 1),
    _nansum((3, 4), dtype=torch.float64),
    _nanmean((2, 3, 4), (0, 1)),
    _nanmean((2, 3, 4), -1, True),
    _nanmean((2, 3, 4)),
    _nanmean((5,), 0),
    _nanmean((3, 400), 1),
    Example("no NaN", lambda: (torch.Tensor.nansum, (torch.randn(3, 4), 1), {})),
    Example("no NaN, mean", lambda: (torch.Tensor.nanmean, (torch.randn(3, 4), 1), {})),
    Example("of int64", lambda: (torch.nansum, (torch.randint(9, (3, 4)), 1), {})),
    Example("of float16", lambda: (torch.nansum, (torch.randn(3, 40).half(), 1), {})),
)

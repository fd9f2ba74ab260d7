"""y[n, k] = x[n, ⌊k / r⌋]: each value several times in a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import torch

from generator.formula.build import bracket, total
from generator.formula.tree import Expr, Num, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis, at
from generator.layers.dims import axis_at, dims, indices_at, position, resized, whole
from generator.layers.dtypes import spelled
from generator.layers.movement import SUMMED, Movement, refuse_change
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains
from generator.layers.windows import counted

_TITLE = "Repeat elements"
_SEARCH = ("repeat", "interleave", "grouped-query attention", "movement of data")
_COPY = Var("r'")
_EARLIER = Var("j'")


@explains(
    "torch.repeat_interleave",
    "torch.Tensor.repeat_interleave",
    arguments="input, repeats=None, dim=None, output_size=None",
    title=_TITLE,
    search=_SEARCH,
)
def repeat_interleave(call: Call) -> Formula:
    """As often as one number says, or for each position as often as a tensor says."""
    refuse_change(call, others=("repeats",))
    if "repeats" in call.tensors:
        return _each(call)
    if call.options["repeats"] is None:
        raise Refused(f"{spelled(call)} of repeats alone, which gives positions, is not explained")
    times = whole(call, "repeats")
    if times == 0:
        raise Refused(f"{spelled(call)}: with 0 copies of each value nothing is left to explain")
    r = Sym("r", "r", "copies of each value")
    found = _Along.of(call)
    first = r * found.place
    return found.moved.formula(
        f"Each value stands {counted(times, 'time')} in a row{found.where}.",
        found.source(found.new.at // r),
        total(_COPY.over(r), found.upstream(first + _COPY)),
        settings={"r": times, **found.settings},
        sizes=(Size(found.new.name, found.new.length.latex, r * found.length),),
        notes=(SUMMED,) if times > 1 else (),
        indices={_COPY.name: "copy"},
    )


def _each(call: Call) -> Formula:
    """A number of copies for each position: those of position i end where e[i] says."""
    found = _Along.of(call)
    counts = call.shape("repeats")
    r = Tensor(
        "repeats",
        "r",
        (found.length,) if counts and counts[0] == found.count else (Num(1),) * len(counts),
        "copies of each position",
        integer=True,
        label="Repeats",
    )
    own = r.sizes == (found.length,)

    def copies(place: Expr) -> Expr:
        """How often the position is copied."""
        return r[place] if own else r[(Num(0),) * len(counts)]

    ends = Tensor(
        "end", "e", (found.length,), "where the copies of a position end", "stage", integer=True
    )
    summed = total(_EARLIER.over(found.index + 1), copies(_EARLIER))
    end = Stage(ends, (found.index,), summed)
    which = Tensor(
        "source", "s", (found.new.length,), "position that is copied", "stage", integer=True
    )
    behind = total(found.index.over(found.length), bracket(ends[found.index] <= found.new.at))
    source = Stage(which, (found.new.at,), behind)
    moved = found.moved
    last = ends[found.place]
    back = total(_COPY.over(last, last - copies(found.place)), found.upstream(_COPY))
    formula = moved.formula(
        f"Each value stands as many times in a row as its position's number of copies "
        f"says{found.where}.",
        moved.forward(found.source(which[found.new.at]), end, source, tensors=(r,)),
        moved.backward(back, end, tensors=(r,)),
        settings=found.settings,
        notes=(SUMMED,),
        indices={
            _COPY.name: "position of the output",
            _EARLIER.name: "earlier position of the input",
            found.index.name: "position of the input",
        },
    )
    return replace(formula, axes={**formula.axes, "repeats": ("position",) * len(counts)})


@dataclass(frozen=True)
class _Along:
    """The positions that are repeated: those of one axis, or all elements in row-major order."""

    moved: Movement
    new: Axis
    """The output's axis."""
    along: int | None
    index: Var
    """An index of positions that is none of the input's or the output's."""
    length: Sym
    count: int
    """How many positions there are."""

    @classmethod
    def of(cls, call: Call) -> _Along:
        """The axis that the option `dim` names."""
        axes = dims(len(call.shape()))
        index = Var("i'")
        if call.options["dim"] is None:
            new = Axis("element", Var("k"), Sym("M'", "M'", "number of elements of the output"))
            length = Sym("M", "M", "number of elements")
            moved = Movement(call, axes, (new,))
            return cls(moved, new, None, index, length, prod(call.shape()))
        along = axis_at(call, "dim")
        if not axes:  # a scalar is repeated as a vector of one
            raise Refused(f"{spelled(call)} of a scalar along an axis is not explained")
        new = resized(axes[along])
        moved = Movement(call, axes, (*axes[:along], new, *axes[along + 1 :]))
        count = call.shape()[along]
        return cls(moved, new, along, index, axes[along].length, count)

    @property
    def place(self) -> Expr:
        """The position of the input's element at its own indices."""
        axes = self.moved.before
        return position(axes) if self.along is None else axes[self.along].at

    @property
    def where(self) -> str:
        """Along what, in a sentence."""
        return ", in row-major order" if self.along is None else f" along axis {self.along}"

    @property
    def settings(self) -> dict[str, int]:
        """The number of elements, where it is no axis' length."""
        return {"M": self.count} if self.along is None else {}

    def source(self, place: Expr) -> Expr:
        """The input at a position."""
        axes = self.moved.before
        if self.along is None:
            return self.moved.x[indices_at(axes, place)]
        return self.moved.x[(*at(axes[: self.along]), place, *at(axes[self.along + 1 :]))]

    def upstream(self, place: Expr) -> Expr:
        """The upstream gradient at a position."""
        axes = self.moved.before
        if self.along is None:
            return self.moved.g[place]
        return self.moved.g[(*at(axes[: self.along]), place, *at(axes[self.along + 1 :]))]


def _example(shape: tuple[int, ...], *args: object) -> Example:
    return Example(
        f"repeat_interleave {shape}, {args}",
        lambda: (torch.repeat_interleave, (torch.randn(shape), *args), {}),
    )


def _by(shape: tuple[int, ...], repeats: list[int], dim: int | None = None) -> Example:
    return Example(
        f"repeat_interleave {shape} by {repeats} along {dim}",
        lambda: (torch.repeat_interleave, (torch.randn(shape), torch.tensor(repeats), dim), {}),
    )


examples(
    _example((3,), 2),
    _example((2, 3), 2),
    _example((2, 3), 3, 1),
    _example((2, 3, 2, 2), 2, 1),
    _example((2, 3), 1, 0),
    _example((), 3),
    _example((1, 1), 4, -1),
    _by((3,), [2, 0, 1]),
    _by((2, 3), [1, 2], 0),
    _by((2, 3), [0, 2, 1], -1),
    _by((2, 2), [1, 0, 2, 3]),
    _by((2, 3), [2], 1),
    Example(
        "by a scalar tensor",
        lambda: (torch.Tensor.repeat_interleave, (torch.randn(3), torch.tensor(2)), {"dim": 0}),
    ),
    Example("whole numbers", lambda: (torch.repeat_interleave, (torch.arange(3), 2), {})),
    Example("float16", lambda: (torch.repeat_interleave, (torch.randn(3).half(), 5), {})),
)

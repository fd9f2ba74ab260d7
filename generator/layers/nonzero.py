"""y[k] = the indices of the k-th element that is not 0, counted row by row."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generator.formula.build import bracket, cases, equal, every, total, unequal
from generator.formula.configure import Setting
from generator.formula.tree import Cond, Equation, Expr, Num, Read, Stage, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, input_of, position, primed
from generator.layers.dtypes import refuse_unreal
from generator.layers.registry import Call, Example, Formula, Note, Output, examples, explains

_PLACE = Axis("place", Var("k"), Sym("K", "K", "how many elements are not 0"))
_PART = Var("a")
_CHECKED = Note(
    "As many as there are",
    "The output's length depends on the numbers in the input. The formula takes the indices that "
    "came back, and checks each: that its element is not 0, and that as many before it are not 0 "
    "as its place counts; otherwise -1 would stand here.",
)


@explains(
    "torch.nonzero",
    "torch.Tensor.nonzero",
    "torch.argwhere",
    "torch.Tensor.argwhere",
    arguments="input, as_tuple=False",
    title="Indices of what is not 0",
    search=("argwhere", "where the mask holds", "sparse", "torch.nonzero"),
)
def nonzero(call: Call) -> Formula:
    """The indices of each element that is not 0, in rows or as one list for each axis."""
    refuse_unreal(call)
    return _lists(call) if call.options["as_tuple"] else _rows(call)


def _rows(call: Call) -> Formula:
    count, rank = call.output.shape
    y = _result("output", (_PLACE.length, Num(rank)))
    found = _Found(call, tuple(y[_PLACE.at, k] for k in range(rank)), (y,))
    body = cases((found.right, y[_PLACE.at, _PART]), otherwise=-1)
    return Formula(
        summary=f"The indices of the {count} elements that are not 0, one row for each, row by "
        "row of the input.",
        forward=Equation(y, (_PLACE.at, _PART), body, (found.x, y), (found.rank,)),
        gradients={},
        settings=found.settings,
        axes={"input": names(found.axes), "output": ("place", "axis")},
        notes=(_CHECKED,),
        indices={"k": "place in the output", "a": "axis of the input"},
    )


def _lists(call: Call) -> Formula:
    results = [
        _result(f"output_{k}" if k else "output", (_PLACE.length,), k)
        for k in range(len(call.outputs))
    ]
    # a tensor without axes counts as one with a single element
    own = tuple(y[_PLACE.at] for y in results) if call.shape() else ()
    found = _Found(call, own, tuple(results))

    def equation(y: Tensor) -> Equation:
        read = y[_PLACE.at]
        right = found.right if own else every(found.right, equal(read, 0))
        body = cases((right, read), otherwise=-1)
        return Equation(y, (_PLACE.at,), body, (found.x, *results), (found.rank,))

    first, *others = results
    count = call.outputs[0].shape[0]
    return Formula(
        summary=f"The indices of the {count} elements that are not 0, row by row of the input, as "
        "one list for each axis.",
        forward=equation(first),
        gradients={},
        settings=found.settings,
        axes={"input": names(found.axes), "output": ("place",)},
        notes=(_CHECKED,),
        indices={"k": "place in the output"},
        others=tuple(
            Output(f"axis {k}", equation(y), ("place",)) for k, y in enumerate(others, start=1)
        ),
    )


def _result(name: str, sizes: tuple[Expr, ...], k: int | None = None) -> Tensor:
    meaning = "output" if k is None else f"index along axis {k}"
    latex = "y" if k is None else f"y^{{({k})}}"
    return Tensor(name, latex, sizes, meaning, "result", integer=True, label="Output")


@dataclass(frozen=True)
class _Found:
    """The indices that came back for a place, and whether they are right."""

    call: Call
    own: tuple[Read, ...]
    results: tuple[Tensor, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The input's axes."""
        return dims(len(self.call.shape()))

    @property
    def x(self) -> Tensor:
        """The input."""
        return input_of(self.axes, integer=self.call.tensors["input"].integer)

    @property
    def rank(self) -> Stage:
        """How many elements that are not 0 stand before the one of a place."""
        meaning = "how many elements before it are not 0"
        tensor = Tensor("rank", "r", (_PLACE.length,), meaning, "stage")
        if not self.axes:
            return Stage(tensor, (_PLACE.at,), Num(0))
        others = tuple(Axis(a.name, primed(a), a.length) for a in self.axes)
        before = position(others) < _row_major(self.own, lengths(self.axes))
        counted = every(unequal(self.x[at(others)], 0), before)
        body = total([a.span for a in others], bracket(counted))
        return Stage(tensor, (_PLACE.at,), body)

    @property
    def right(self) -> Cond:
        """Whether the element is not 0, and its rank its place."""
        rank = self.rank.tensor[_PLACE.at]
        return every(unequal(self.x[self.own], 0), equal(rank, _PLACE.at))

    @property
    def settings(self) -> dict[str, Setting]:
        """The numbers of the lengths."""
        own = dict(settings(self.axes, self.call.shape()))
        return {**own, "K": self.call.outputs[0].shape[0]}


def _row_major(indices: tuple[Read, ...], sizes: tuple[Sym, ...]) -> Expr:
    """The row-major position of an element by its indices."""
    result: Expr = indices[0]
    for index, length in zip(indices[1:], sizes[1:], strict=True):
        result = result * length + index
    return result


def _nonzero(*shape: int, **options: object) -> Example:
    return Example(
        f"nonzero {shape}, {options}",
        lambda: (torch.nonzero, ((torch.rand(shape) < 0.4).float(),), options),
    )


examples(
    _nonzero(7),
    _nonzero(3, 4),
    _nonzero(2, 3, 4),
    _nonzero(2, 2, 2, 2),
    _nonzero(0),
    _nonzero(),
    _nonzero(3, 4, as_tuple=True),
    _nonzero(7, as_tuple=True),
    _nonzero(as_tuple=True),
    Example("nothing", lambda: (torch.nonzero, (torch.zeros(2, 3),), {})),
    Example("truth values", lambda: (torch.Tensor.nonzero, (torch.rand(2, 3) < 0.5,), {})),
    Example("argwhere", lambda: (torch.argwhere, (torch.randint(2, (2, 5)),), {})),
)

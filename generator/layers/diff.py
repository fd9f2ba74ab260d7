"""y_i = x_{i+1} - x_i: differences of neighbours along an axis, taken once or several times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import comb

import torch

from generator.formula.build import bracket, cases, unequal
from generator.formula.tree import Equation, Expr, Neg, Num, Outside, Stage, Sym, Tensor, add
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dims import dims, output_of, resized
from generator.layers.dtypes import refuse_types, spelled
from generator.layers.movement import refuse_change, refuse_tensors
from generator.layers.registry import Call, Example, Formula, Refused, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped

_MOST = 4
"""Differences of a higher order have more terms than a line holds."""
_SYMBOLS = {"prepend": "b", "input": "x", "append": "e"}
_MEANINGS = {
    "prepend": "values put before the input",
    "input": "input",
    "append": "values put behind the input",
}
_LENGTHS = {
    "prepend": Sym("B", "B", "how many values are put before the input"),
    "append": Sym("E", "E", "how many values are put behind the input"),
}


@explains(
    "torch.diff",
    "torch.Tensor.diff",
    arguments="input, n=1, dim=-1, prepend=None, append=None",
    title="Differences of neighbours",
    search=("finite difference", "discrete derivative"),
)
def diff(call: Call) -> Formula:
    """The differences of neighbours along the axis `dim`, taken `n` times."""
    refuse_types(call)
    order, place = _options(call)
    axes = dims(len(call.shape()))
    parts = _parts(call, axes, place)
    length = add(*(p.length for p in parts))
    after = tuple(resized(a) if k == place else a for k, a in enumerate(axes))
    y = output_of(after, integer=call.output.integer)
    whole, stages = _beside(parts, axes, place, length)
    ahead = _reader(whole, at(axes), place)
    held = wrapped(call, _combined(order, ahead, 1))
    body = bracket(unequal(ahead(1), ahead(0))) if call.output.dtype == "bool" else held.body
    return Formula(
        summary=_summary(order, place, parts),
        forward=Equation(
            y, at(after), body, tuple(p.x for p in parts), stages, _order(call, order, ahead)
        ),
        gradients={
            p.x.name: _gradient(call, p, y, order, place)
            for p in parts
            if not (p.x.integer or y.integer)
        },
        settings={
            **settings(axes, call.shape()),
            **{p.length.name: call.shape(p.x.name)[place] for p in parts},
            after[place].length.name: call.output.shape[place],
            **held.settings,
        },
        axes={"output": names(after), **{p.x.name: names(p.axes) for p in parts}},
        sizes=(Size(after[place].name, after[place].length.latex, length - Num(order)),),
        notes=held.notes if call.output.dtype != "bool" else (),
        result="difference",
    )


@dataclass(frozen=True)
class _Part:
    """The input, or what is put before or behind it."""

    x: Tensor
    axes: tuple[Axis, ...]
    length: Sym
    start: Expr | None
    """Where it begins in all of them side by side; None for the first."""

    def moved(self, index: Expr, way: int) -> Expr:
        """The index counted from the whole's start (1), or from its own (-1)."""
        if self.start is None:
            return index
        return self.start + index if way > 0 else index - self.start


def _parts(call: Call, axes: Sequence[Axis], place: int) -> list[_Part]:
    """What lies side by side, in its order."""
    found: list[_Part] = []
    for name in ("prepend", "input", "append"):
        if name not in call.tensors:
            continue
        mine = axes[place]
        if name != "input":
            mine = replace(mine, length=_LENGTHS[name])
        own = tuple(mine if k == place else a for k, a in enumerate(axes))
        integer = call.tensors[name].integer
        x = Tensor(name, _SYMBOLS[name], lengths(own), _MEANINGS[name], integer=integer)
        x = replace(x, label=x.meaning.title())
        start = add(*(p.length for p in found)) if found else None
        found.append(_Part(x, own, mine.length, start))
    return found


def _beside(
    parts: Sequence[_Part], axes: Sequence[Axis], place: int, length: Expr
) -> tuple[Tensor, tuple[Stage, ...]]:
    """All parts as one quantity: the input itself where there is nothing else."""
    if len(parts) == 1:
        return parts[0].x, ()
    i, every = axes[place].at, at(axes)
    sizes = tuple(length if k == place else a.length for k, a in enumerate(axes))
    values = [p.x[(*every[:place], p.moved(i, -1), *every[place + 1 :])] for p in parts]
    ends = [p.moved(p.length, 1) for p in parts]
    body = cases(
        *((i < e, v) for e, v in zip(ends[:-1], values, strict=False)), otherwise=values[-1]
    )
    integer = all(p.x.integer for p in parts)
    what = "the input with what is put before and behind it"
    joined = Tensor("joined", "u", sizes, what, "stage", integer=integer)
    return joined, (Stage(joined, every, body),)


def _gradient(call: Call, part: _Part, y: Tensor, order: int, place: int) -> Equation:
    """Each value is in the differences that begin with it, and in those that end with it."""
    g = replace(upstream(y), outside=Outside("constant"))
    g = replace(g, meaning=f"{g.meaning}; 0 beyond its edges")
    some = call.output.shape[place] > 0
    back = _reader(g, at(part.axes), place, lambda i: part.moved(i, 1))
    sent = _combined(order, back, -1) if some else Num(0)
    rounded = _nested(order, back, 0, -1) if some else None
    return Equation(gradient_of(part.x), at(part.axes), sent, (g,), arithmetic=rounded)


def _reader(
    tensor: Tensor,
    indices: Sequence[Expr],
    place: int,
    start: Callable[[Expr], Expr] = lambda i: i,
) -> Callable[[int], Expr]:
    """The tensor so many steps along the axis from the indices."""
    first = start(indices[place])

    def read(steps: int) -> Expr:
        index = first + steps if steps else first
        return tensor[(*indices[:place], index, *indices[place + 1 :])]

    return read


def _combined(order: int, read: Callable[[int], Expr], way: int) -> Expr:
    """Σ (-1)^k C(n, k) x_{i + n - k}, or of what comes back, where the index runs the other way."""
    terms: list[Expr] = []
    for k in range(order + 1):
        part = read(order - k) if way > 0 else read(-(order - k))
        factor = comb(order, k)
        scaled = part if factor == 1 else factor * part
        terms.append(Neg(scaled) if k % 2 else scaled)
    return add(*terms)


def _nested(order: int, read: Callable[[int], Expr], steps: int, way: int) -> Expr:
    """The same as torch computes it: differences of differences."""
    if order == 0:
        return read(steps)
    ahead = _nested(order - 1, read, steps + way, way)
    return add(ahead, Neg(_nested(order - 1, read, steps, way)))


def _order(call: Call, order: int, read: Callable[[int], Expr]) -> Expr | None:
    return None if call.output.integer or order == 1 else _nested(order, read, 0, 1)


def _summary(order: int, place: int, parts: Sequence[_Part]) -> str:
    what = "a value's successor minus that value" if order == 1 else "a difference of differences"
    times = "" if order == 1 else f", taken {order} times"
    put = [p.x.name for p in parts if p.x.name != "input"]
    first = ""
    if put:
        ends = {"prepend": "before", "append": "behind"}
        first = f" Other values are put {' and '.join(ends[n] for n in put)} the input first."
    return f"Each output is {what}, along axis {place}{times}.{first}"


def _options(call: Call) -> tuple[int, int]:
    order, dim = call.options["n"], call.options["dim"]
    refuse_tensors(call, *_SYMBOLS)
    if len(call.tensors) > 1:
        refuse_change(call)  # they get one type, in which their differences are taken
    if not isinstance(order, int) or not isinstance(dim, int) or not 1 <= order <= _MOST:
        raise Refused(f"{spelled(call)}(n={order!r}): this order is not explained")
    if order > 1 and call.output.dtype == "bool":
        raise Refused(f"{spelled(call)}(n={order}) of truth values is not explained")
    place = dim % len(call.shape())
    if sum(call.shape(name)[place] for name in call.tensors) < order:
        raise Refused(f"{spelled(call)}(n={order}) of fewer values is not explained")
    return order, place


def _diff(shape: tuple[int, ...], *args: object, **options: object) -> Example:
    return Example(
        f"diff {shape}, {args}, {options}",
        lambda: (torch.diff, (torch.randn(shape), *args), options),
    )


_POSITIONS = torch.tensor([[0, 1, 2, 0, 1], [0, 0, 1, 2, 3]])


def _ends(
    shape: tuple[int, ...],
    before: tuple[int, ...] | None,
    behind: tuple[int, ...] | None,
    **options: object,
) -> Example:
    given = {"prepend": before, "append": behind}
    return Example(
        f"diff {shape} between {before} and {behind}, {options}",
        lambda: (
            torch.diff,
            (torch.randn(shape),),
            {**{n: torch.randn(s) for n, s in given.items() if s is not None}, **options},
        ),
    )


examples(
    _diff((2, 3, 4)),
    _diff((2, 3, 4), dim=0),
    _diff((2, 9, 4), 2, 1),
    _diff((2, 9), 3),
    _diff((2, 9), 4),
    _diff((7,)),
    _diff((3, 1)),
    _diff((0, 3)),
    _ends((3, 4), (3, 2), None, dim=1),
    _ends((3, 4), None, (2, 4), dim=0),
    _ends((2, 3, 4), (2, 1, 4), (2, 2, 4), dim=1),
    _ends((2, 3, 4), (2, 1, 4), (2, 2, 4), dim=1, n=3),
    _ends((2, 1), (2, 1), (2, 0), n=2),
    _ends((3, 0), (3, 1), None),
    _ends((3, 0), (3, 1), (3, 2)),
    _ends((1, 1, 2, 2, 1), (1, 1, 2, 2, 1), (1, 1, 2, 2, 1)),
    Example(
        "where positions begin anew",
        lambda: (torch.diff, (_POSITIONS,), {"prepend": _POSITIONS[:, :1] - 1, "dim": -1}),
    ),
    Example(
        "of int32 and bool",
        lambda: (
            torch.diff,
            (torch.arange(4).int(),),
            {"prepend": torch.tensor([True]), "append": torch.tensor([7])},
        ),
    ),
    Example(
        "of bool, after one",
        lambda: (torch.diff, (torch.rand(9) > 0.5,), {"prepend": torch.tensor([True])}),
    ),
    Example(
        "whole numbers put before",
        lambda: (torch.diff, (torch.randn(9).double(),), {"prepend": torch.tensor([3])}),
    ),
    Example("method", lambda: (torch.Tensor.diff, (torch.rand(3, 40),), {})),
    Example("of int64", lambda: (torch.diff, (torch.randint(0, 9, (3, 4)), 2), {})),
    Example("of uint8", lambda: (torch.diff, (torch.randint(0, 9, (3, 4)).byte(),), {})),
    Example("of bool", lambda: (torch.diff, (torch.rand(3, 9) > 0.5,), {})),
    Example("of float16", lambda: (torch.diff, (torch.randn(3, 9).half(), 2), {})),
)

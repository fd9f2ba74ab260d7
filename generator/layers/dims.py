"""Axes of a tensor of which nothing but the shape is known, and x and y with such axes."""

from __future__ import annotations

from collections.abc import Sequence

from generator.formula.tree import Expr, Num, Stage, Sym, Tensor, Var, mul
from generator.layers import elementwise
from generator.layers.axes import Axis, lengths
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Refused


def dims(rank: int) -> tuple[Axis, ...]:
    """An axis for each of so many: n, c, h, w for four."""
    found = elementwise.axes((1,) * rank)
    return tuple(
        Axis(name, at, length)
        for name, at, length in zip(found.names, found.indices, found.sizes, strict=True)
    )


def primed(axis: Axis) -> Var:
    """An index of the same axis beside its own: h'."""
    return Var(f"{axis.at.name}'")


def resized(axis: Axis) -> Axis:
    """The axis as the output has it, with a length of its own: H'."""
    meaning = f"length of the output's {axis.name} axis"
    if axis.name.startswith("axis "):
        meaning = f"length of the output's {axis.name}"
    return Axis(axis.name, axis.at, Sym(f"{axis.length.name}'", f"{axis.length.latex}'", meaning))


def numbered(axis: Axis, k: int, whose: str) -> Axis:
    """The axis as the k-th of several tensors has it: C with the subscript k."""
    length = axis.length
    along = axis.name if axis.name.startswith("axis ") else f"the {axis.name} axis"
    meaning = f"length of {whose} along {along}"
    symbol = Sym(f"{length.name}_{k}", rf"{{{length.latex}}}_{{{k}}}", meaning)
    return Axis(axis.name, axis.at, symbol)


def axis_stage(
    axis: Axis, name: str, latex: str, meaning: str, body: Expr, *, integer: bool = True
) -> Stage:
    """A quantity of each position along an axis, the axis' letter in its name and its symbol."""
    letter = axis.at.name
    tensor = Tensor(
        f"{name} {letter}",
        f"{latex}^{{({letter})}}",
        (axis.length,),
        f"{meaning} along {axis.name}",
        "stage",
        integer=integer,
    )
    return Stage(tensor, (axis.at,), body)


def input_of(axes: Sequence[Axis], *, integer: bool = False) -> Tensor:
    """The input x, with these axes."""
    return Tensor("input", "x", lengths(axes), "input", integer=integer, label="Input")


def output_of(axes: Sequence[Axis], *, integer: bool = False) -> Tensor:
    """The output y, with these axes."""
    return Tensor("output", "y", lengths(axes), "output", "result", integer=integer, label="Output")


def position(axes: Sequence[Axis]) -> Expr:
    """Row-major position within the axes: c H W + h W + w."""
    result: Expr | None = None
    for k, axis in enumerate(axes):
        inner = [a.length for a in axes[k + 1 :]]
        term = mul(axis.at, *inner) if inner else axis.at
        result = term if result is None else result + term
    return Num(0) if result is None else result


def index_at(axes: Sequence[Axis], k: int, place: Expr) -> Expr:
    """The index of axis k at a row-major position within the axes."""
    inner = [a.length for a in axes[k + 1 :]]
    if inner:
        place = place // (mul(*inner) if len(inner) > 1 else inner[0])
    return place % axes[k].length if k > 0 else place


def indices_at(axes: Sequence[Axis], place: Expr) -> tuple[Expr, ...]:
    """The indices of all axes at a row-major position within them."""
    return tuple(index_at(axes, k, place) for k in range(len(axes)))


def whole(call: Call, option: str) -> int:
    """An option that is one integer; Refused for anything else."""
    found = wholes(call, option)
    if len(found) != 1:
        raise Refused(f"{spelled(call)}({option}={call.options[option]!r}) is not explained")
    return found[0]


def wholes(call: Call, option: str) -> tuple[int, ...]:
    """An option that is an integer or several; Refused for anything else, as a tensor."""
    if option in call.tensors:
        raise Refused(f"{spelled(call)}: a tensor as {option} is not explained")
    given = call.options[option]
    found = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not all(isinstance(d, int) for d in found):
        raise Refused(f"{spelled(call)}({option}={given!r}): only integers are explained")
    return tuple(int(d) for d in found if isinstance(d, int))


def axis_at(call: Call, option: str, rank: int | None = None) -> int:
    """An option that names an axis, counted from 0; of a scalar it is -1 or 0."""
    count = len(call.shape()) if rank is None else rank
    return whole(call, option) % max(count, 1)

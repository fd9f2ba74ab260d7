"""y₀[i, j] = x₀[i] and y₁[i, j] = x₁[j]: the coordinates of a grid."""

from __future__ import annotations

import torch

from generator.formula.build import total
from generator.formula.tree import Equation, Expr, Num, Sym, Tensor, Var
from generator.layers.axes import Axis, at, lengths, names, settings
from generator.layers.dtypes import spelled
from generator.layers.movement import SUMMED, refuse_change
from generator.layers.registry import Call, Example, Formula, Output, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream

_LETTERS = "ijklmn"


@explains(
    "torch.meshgrid",
    arguments="*tensors, indexing=None",
    title="Mesh grid",
    search=("coordinates", "grid", "anchor points", "movement of data"),
)
def meshgrid(call: Call) -> Formula:
    """Each vector repeated along the axes of the others."""
    operands = list(call.tensors.items())
    rank = len(call.outputs[0].shape)
    if len(operands) != rank or rank > len(_LETTERS):
        raise Refused(f"{spelled(call)} of {len(operands)} tensors is not explained")
    swapped = call.options.get("indexing") == "xy" and rank > 1
    # the operand that runs along each axis of the outputs
    order = (1, 0, *range(2, rank)) if swapped else tuple(range(rank))
    letters = [_LETTERS[order.index(k)] for k in range(rank)]
    own = [
        Axis(f"axis {order.index(k)}", Var(c), Sym(c.upper(), c.upper(), f"length of operand {k}"))
        for k, c in enumerate(letters)
    ]
    axes = tuple(own[k] for k in order)
    equations: list[Equation] = []
    gradients: dict[str, Equation] = {}
    named: dict[str, tuple[str, ...]] = {"output": names(axes)}
    for k, ((name, operand), output) in enumerate(zip(operands, call.outputs, strict=True)):
        refuse_change(Call(call.type, {name: operand}, {}, (output,), module=False))
        # a scalar is taken as a vector of one
        mine = (own[k],) if operand.shape else ()
        x = Tensor(
            name,
            f"x^{{({k})}}",
            lengths(mine),
            f"operand {k}",
            integer=operand.integer,
            label=f"Operand {k}",
        )
        y = Tensor(
            f"output_{k}" if k else "output",
            f"y^{{({k})}}",
            lengths(axes),
            f"coordinate {k}",
            "result",
            integer=output.integer,
            label=f"Coordinate {k}",
        )
        equations.append(Equation(y, at(axes), x[at(mine)], (x,)))
        named[name] = names(mine)
        if not operand.integer:
            gradients[name] = Equation(gradient_of(x), at(mine), *_back(y, axes, mine, call, k))
    return Formula(
        summary=f"Each of the {rank} operands is repeated along the axes of the others, so that "
        "the outputs together have the coordinates of every point of the grid."
        if rank > 1
        else "One operand makes a grid of one axis: its values stay as they are.",
        forward=equations[0],
        others=tuple(Output(str(k), e, names(axes)) for k, e in enumerate(equations) if k),
        gradients=gradients,
        settings=settings(axes, call.outputs[0].shape),
        axes=named,
        notes=(SUMMED,) if rank > 1 else (),
    )


def _back(
    y: Tensor, axes: tuple[Axis, ...], mine: tuple[Axis, ...], call: Call, k: int
) -> tuple[Expr, tuple[Tensor, ...]]:
    """The sum over the axes of the other operands, and what it reads."""
    if not call.reached[k]:
        return Num(0), ()
    g = upstream(y)
    ranges = tuple(a.span for a in axes if a not in mine)
    return (total(ranges, g[at(axes)]) if ranges else g[at(axes)]), (g,)


def _grid(indexing: str | None, *lengths: int) -> Example:
    return Example(
        f"meshgrid {lengths}, {indexing}",
        lambda: (
            torch.meshgrid,
            tuple(torch.randn(n) if n > 0 else torch.randn(()) for n in lengths),
            {} if indexing is None else {"indexing": indexing},
        ),
    )


examples(
    _grid("ij", 2, 3),
    _grid("xy", 2, 3),
    _grid("xy", 2, 3, 4),
    _grid("ij", 2, 3, 4),
    _grid("ij", 3),
    _grid("xy", 3),
    _grid("ij", 2, 0),
    Example(
        "one list",
        lambda: (torch.meshgrid, ([torch.arange(2), torch.arange(3)],), {"indexing": "ij"}),
    ),
)

"""y[n, k, c] = xₖ[n, c]: tensors of one shape along a new axis."""

from __future__ import annotations

import torch

from generator.formula.tree import Equation, Num, Tensor
from generator.layers.axes import at, lengths, names, settings
from generator.layers.cat import tensors_of
from generator.layers.dims import axis_at, dims, output_of
from generator.layers.pieces import Piece, Whole, joined
from generator.layers.registry import Call, Example, Formula, Size, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.stack",
    arguments="tensors, dim=0",
    title="Stack",
    search=("new axis", "join", "movement of data"),
)
def stack(call: Call) -> Formula:
    """Operands of one shape; their number is the new axis' length."""
    operands = tensors_of(call)
    output = call.output
    axes = dims(len(output.shape))
    along = axis_at(call, "dim", len(axes))
    new = axes[along]
    kept = (*axes[:along], *axes[along + 1 :])
    y = output_of(axes, integer=output.integer)
    g = upstream(y)
    xs = [
        Tensor(
            name,
            f"x^{{({k})}}",
            lengths(kept),
            f"operand {k}",
            integer=operand.integer,
            label=f"Operand {k}",
        )
        for k, (name, operand) in enumerate(operands.items())
    ]
    whole = Whole(at(axes), lengths(axes), new.at, single=True)
    pieces = [Piece(x[at(kept)], Num(k + 1)) for k, x in enumerate(xs)]
    body, stages = joined(whole, pieces, "operands")
    return Formula(
        summary=_summary(len(xs), along),
        forward=Equation(y, at(axes), body, tuple(xs), stages),
        gradients={
            x.name: Equation(
                gradient_of(x), at(kept), g[(*at(axes[:along]), k, *at(axes[along + 1 :]))], (g,)
            )
            for k, x in enumerate(xs)
            if not (x.integer or output.integer)
        },
        settings=settings(axes, output.shape),
        axes={"output": names(axes), **dict.fromkeys(operands, names(kept))},
        sizes=(Size(new.name, new.length.latex, Num(len(xs))),),
    )


def _summary(count: int, along: int) -> str:
    if count == 1:
        return f"The operand gets a new axis {along} of length 1."
    return f"{count} operands of one shape lie side by side along a new axis {along}."


def _stack(count: int, dim: int, *shape: int) -> Example:
    return Example(
        f"stack {count} of {shape} along {dim}",
        lambda: (torch.stack, ([torch.randn(shape) for _ in range(count)], dim), {}),
    )


examples(
    _stack(2, 0, 3),
    _stack(3, 1, 2, 3),
    _stack(2, -1, 2, 3, 4),
    _stack(2, 0),
    _stack(1, 0, 2),
    _stack(2, 1, 2, 0),
    _stack(2, 2, 1, 2, 2, 2),
    _stack(9, 0, 2),
    _stack(70, 1, 2, 2),
    Example("whole numbers", lambda: (torch.stack, ((torch.arange(3), torch.arange(3) - 7),), {})),
    Example("truth values", lambda: (torch.stack, ([torch.tensor([True, False])] * 2,), {})),
    Example("bfloat16", lambda: (torch.stack, ([torch.randn(2).bfloat16()] * 2,), {"dim": 1})),
)

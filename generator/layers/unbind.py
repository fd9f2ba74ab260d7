"""yₖ[n, c] = x[n, k, c]: the slices of a tensor along an axis."""

from __future__ import annotations

import torch

from generator.formula.tree import Equation, Num, Tensor
from generator.layers.axes import at, lengths, names, settings
from generator.layers.dims import axis_at, dims, input_of
from generator.layers.movement import refuse_change
from generator.layers.pieces import Piece, Whole, held, joined
from generator.layers.registry import Call, Example, Formula, Output, Refused, examples, explains
from generator.layers.tensors import gradient_of, upstream


@explains(
    "torch.unbind",
    "torch.Tensor.unbind",
    arguments="input, dim=0",
    title="Unbind",
    search=("slices", "unstack", "movement of data"),
)
def unbind(call: Call) -> Formula:
    """One output for each position along the axis, which is no longer there."""
    refuse_change(call)
    if not call.outputs:
        raise Refused("unbind along an axis of length 0 gives no tensor")
    shape = call.shape()
    axes = dims(len(shape))
    along = axis_at(call, "dim")
    left, right = axes[:along], axes[along + 1 :]
    kept = (*left, *right)
    x = input_of(axes, integer=call.tensors["input"].integer)
    ys = [
        Tensor(
            f"output_{k}" if k else "output",
            f"y^{{({k})}}",
            lengths(kept),
            f"slice {k}",
            "result",
            integer=x.integer,
            label=f"Slice {k}",
        )
        for k in range(shape[along])
    ]
    equations = [
        Equation(y, at(kept), x[(*at(left), k, *at(right))], (x,)) for k, y in enumerate(ys)
    ]
    gs = [upstream(y) if call.reached[k] else None for k, y in enumerate(ys)]
    body, stages = joined(
        Whole(at(axes), lengths(axes), axes[along].at, single=True),
        [Piece(Num(0) if g is None else g[at(kept)], Num(k + 1)) for k, g in enumerate(gs)],
        "slices",
    )
    arriving = tuple(g for g in gs if g is not None)
    return Formula(
        summary=f"Each of the {len(ys)} positions along axis {along} becomes a tensor of its own."
        if len(ys) > 1
        else f"Axis {along} of length 1 goes away.",
        forward=equations[0],
        others=tuple(
            Output(str(k), e, names(kept), called=f"slice {k}", holds=held(k, 1, along))
            for k, e in enumerate(equations)
            if k
        ),
        called="slice 0",
        holds=held(0, 1, along),
        gradients={}
        if x.integer
        else {"input": Equation(gradient_of(x), at(axes), body, arriving, stages)},
        settings=settings(axes, shape),
        axes={"input": names(axes), "output": names(kept)},
    )


def _unbind(dim: int, *shape: int) -> Example:
    return Example(
        f"unbind {shape} along {dim}", lambda: (torch.unbind, (torch.randn(shape), dim), {})
    )


examples(
    _unbind(0, 3, 2),
    _unbind(1, 2, 3, 4),
    _unbind(-1, 2, 2, 2, 3),
    _unbind(0, 2),
    _unbind(0, 1, 4),
    _unbind(1, 0, 2),
    _unbind(0, 20, 2),
    Example("Tensor.unbind", lambda: (torch.Tensor.unbind, (torch.randn(2, 3),), {"dim": 1})),
    Example("whole numbers", lambda: (torch.unbind, (torch.arange(4).view(2, 2),), {})),
    Example("float16", lambda: (torch.unbind, (torch.randn(2, 2).half(),), {})),
)

"""y_i = x_{i+1} z_{i+2} - x_{i+2} z_{i+1}, indices counted modulo 3: the cross product.

Its gradients are cross products too: ∂L/∂x = z × g and ∂L/∂z = g × x.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.tree import Equation, Expr, Read
from generator.layers.axes import at
from generator.layers.contraction import Contraction
from generator.layers.dims import whole
from generator.layers.factors import Factor, axis, factors, leading, total_over
from generator.layers.registry import Call, Example, Formula, Note, examples, explains
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped

_SPACE = axis("coordinate", "i", "D", "number of coordinates, 3")
_IMPLICIT = Note(
    "The axis was not given",
    "Without `dim`, `torch.cross` takes the first axis of length 3, which may be the batch's; "
    "`torch.linalg.cross` takes the last one.",
)


@explains(
    "torch.cross",
    "torch.Tensor.cross",
    arguments="input, other, dim=None",
    title="Cross product",
    search=("vector product",),
)
@explains(
    "torch.linalg.cross",
    arguments="input, other, dim=-1",
    title="Cross product",
    search=("vector product",),
)
def cross(call: Call) -> Formula:
    """The cross product along an axis of length 3, the others repeated where they are 1."""
    shape = call.output.shape
    given = call.options["dim"] is not None
    place = whole(call, "dim") % len(shape) if given else shape.index(3)
    others = leading(len(shape) - 1)
    axes = (*others[:place], _SPACE, *others[place:])
    missing = {n: len(axes) - len(a.shape) for n, a in call.tensors.items()}
    both = factors(("input", axes[missing["input"] :]), ("other", axes[missing["other"] :]))
    declared = Contraction(call, both, axes)
    x, z = (_reader(declared, f) for f in both)
    g = upstream(declared.y)

    def from_above(index: Expr) -> Read:
        return g[*at(others[:place]), index, *at(others[place:])]

    held = wrapped(call, _product(x, z))
    parts = ((z, from_above, 1), (from_above, x, 0))
    return Formula(
        summary="Each vector is the cross product of the two vectors at the same place.",
        forward=Equation(declared.y, at(axes), held.body, declared.tensors),
        gradients={
            f.name: _gradient(declared, f, _product(a, b), both[other])
            for f, (a, b, other) in zip(both, parts, strict=True)
            if not call.output.integer
        },
        settings=declared.settings,
        axes=declared.named,
        notes=(*(() if given else (_IMPLICIT,)), *declared.notes()),
    )


def _reader(declared: Contraction, factor: Factor) -> Callable[[Expr], Read]:
    """The operand at a coordinate, the other indices being the output's."""
    tensor, places = declared.tensor(factor), declared.places(factor)

    def read(index: Expr) -> Read:
        pairs = zip(factor.axes, places, strict=True)
        return tensor[tuple(index if a is _SPACE else p.read for a, p in pairs)]

    return read


def _product(first: Callable[[Expr], Read], second: Callable[[Expr], Read]) -> Expr:
    following, last = (_SPACE.at + 1) % 3, (_SPACE.at + 2) % 3
    return first(following) * second(last) - first(last) * second(following)


def _gradient(declared: Contraction, factor: Factor, body: Expr, other: Factor) -> Equation:
    places = declared.places(factor)
    own = {a for a, p in zip(factor.axes, places, strict=True) if not p.spread}
    return Equation(
        gradient_of(declared.tensor(factor)),
        tuple(p.own for p in places),
        total_over([a.span for a in declared.output if a not in own], body),
        (upstream(declared.y), declared.tensor(other)),
    )


def _of(
    function: Callable[..., object],
    *shapes: tuple[int, ...],
    dtype: torch.dtype = torch.float32,
    **options: object,
) -> Example:
    return Example(
        f"{function.__name__} {shapes} {dtype} {options}",
        lambda: (function, tuple(torch.randn(s).mul(9).to(dtype) for s in shapes), {**options}),
    )


examples(
    _of(torch.cross, (3,), (3,), dim=0),
    _of(torch.cross, (4, 3), (4, 3), dim=-1),
    _of(torch.cross, (3, 3), (3, 3)),
    _of(torch.Tensor.cross, (2, 3, 4), (2, 3, 4), dim=1),
    _of(torch.linalg.cross, (4, 3), (1, 3)),
    _of(torch.linalg.cross, (1, 3, 2), (5, 3, 1), dim=1),
    _of(torch.linalg.cross, (0, 3), (0, 3)),
    _of(torch.linalg.cross, (4, 3), (4, 3), dtype=torch.int64),
    _of(torch.linalg.cross, (4, 3), (4, 3), dtype=torch.bfloat16),
)

"""The gradient of one tensor that a step is given as several arguments: the sum of their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from generator.formula.tree import Equation, Expr, Stage, Tensor, add
from generator.layers.registry import Refused

_PARTIAL, _TOTAL = r"\partial", r"\mathrm{d}"


def joined(equations: Sequence[Equation]) -> Equation:
    r"""dL/dx = ∂L/∂x_1 + ∂L/∂x_2 + …, each part a stage.

    `equations` give the gradient of each argument as if it were a tensor of its own; the sum has
    the name and the indices of the first. Refused where one name means two things in them.
    """
    first = equations[0]
    parts = [_part(e) for e in equations]
    stages: dict[str, Stage] = {}
    for stage in (*(s for e in equations for s in e.stages), *parts):
        if stages.setdefault(stage.tensor.name, stage) != stage:
            message = f"two of the arguments that are one tensor read different {stage.tensor.name}"
            raise Refused(message)
    tensors: dict[str, Tensor] = {t.name: t for e in equations for t in e.tensors}
    own = first.result.latex
    return replace(
        first,
        result=replace(first.result, latex=own.replace(_PARTIAL, _TOTAL)),
        body=_sum(first, parts),
        tensors=tuple(tensors.values()),
        stages=tuple(stages.values()),
        arithmetic=None,
        shared=any(e.shared for e in equations),
    )


def _part(equation: Equation) -> Stage:
    result = equation.result
    meaning = f"{result.meaning}, by itself"
    tensor = replace(result, name=f"{result.name}_by_itself", meaning=meaning, role="stage")
    return Stage(tensor, equation.indices, equation.body, arithmetic=equation.arithmetic)


def _sum(first: Equation, parts: Sequence[Stage]) -> Expr:
    return add(*(part.tensor[first.indices] for part in parts))

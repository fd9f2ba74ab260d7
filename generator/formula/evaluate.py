"""Evaluation of an equation: values in float64 and, where asked for, their error budget."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain
from generator.formula.boxes import Box
from generator.formula.budget import FACTOR, Tracked
from generator.formula.evaluation import Evaluation
from generator.formula.memory import behind, known
from generator.formula.operands import Store, coordinates, lengths
from generator.formula.tree import Equation
from generator.formula.walk import reachable


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Float64 values at the elements asked for, and the error budget of each where tracked."""

    values: Tensor
    budget: Tensor | None


def evaluate(
    equation: Equation,
    operands: Mapping[str, Tensor],
    elements: Tensor | None = None,
    *,
    unit: float | None = None,
) -> Evaluated:
    """Values of a configured equation at elements, shape (count, axes); None: at all, row-major.

    With the unit roundoff `unit` of the library's arithmetic, each value comes with the error that
    this arithmetic may have made there. Raises IndexError for a read outside of a tensor,
    ValueError for an operand whose shape is not what the equation declares.
    """
    store = Store(equation, operands)
    asked = whole(equation, store.device) if elements is None else elements.to(store.device)
    if unit is None:
        values, _ = plain(equation, operands, store).at(equation.body, equation.indices, asked)
        return Evaluated(values, None)
    # the check itself rounds too, in float64
    unit_ = math.hypot(unit, 2.0**-53)
    tracked = Evaluation(equation, store, Tracked(unit_), known(operands, equation, unit_))
    if equation.arithmetic is None:
        values, errors = tracked.at(equation.body, equation.indices, asked)
    else:
        # stages that both orders read are evaluated once
        exact = tracked if _alike(equation) else plain(equation, operands, store)
        values, _ = exact.at(equation.body, equation.indices, asked)
        _, errors = tracked.at(equation.arithmetic, equation.indices, asked)
    budget = torch.zeros_like(values) if errors is None else FACTOR * errors
    return Evaluated(values, budget)


def plain(equation: Equation, operands: Mapping[str, Tensor], store: Store) -> Evaluation[Tensor]:
    """An evaluation of values alone, with the stages that the operands remember."""
    return Evaluation(
        equation, store, Plain(), known(operands, equation, None), behind(operands, equation)
    )


def _alike(equation: Equation) -> bool:
    """Whether the stages that the body reads are those that its arithmetic reads."""
    assert equation.arithmetic is not None
    stages = {s.tensor.name for s in equation.stages}
    first = reachable((equation.body,), equation.stages, rounded=True) & stages
    second = reachable((equation.arithmetic,), equation.stages, rounded=True) & stages
    return bool(first) and first <= second


def whole(equation: Equation, device: torch.device) -> Box | Tensor:
    """Every element of the result, as the box that they are where it has axes and elements."""
    sizes = lengths(equation.result)
    if sizes and all(sizes):
        return tuple(torch.arange(length, device=device) for length in sizes)
    return all_elements(equation, device)


def all_elements(equation: Equation, device: torch.device) -> Tensor:
    """Every element of the result, row-major; shape (count, axes)."""
    sizes = lengths(equation.result)
    return coordinates(torch.arange(math.prod(sizes), device=device), sizes)

"""Calculated against actual: the one place where a quantity is judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from generator.explain.affordable import affordable
from generator.explain.compared import NAN, nan_compared
from generator.explanation import Verdict
from generator.formula.budget import FACTOR
from generator.formula.evaluate import evaluate
from generator.formula.operands import index_ranges, lengths, offset, term_count
from generator.formula.tree import Equation

UNDEFINED = "no element has a value that an integer can hold: torch leaves undefined what it gives"

# kernels of the half types differ in what they keep in float32, so every step is taken to round
_ROUNDOFF = {
    torch.float64: 2.0**-53,
    torch.float32: 2.0**-24,
    torch.bfloat16: 2.0**-8,
    torch.float16: 2.0**-11,
}


@dataclass(frozen=True)
class Checked:
    """A verdict with the numbers at the elements that the page shows."""

    verdict: Verdict
    calculated: Mapping[tuple[int, ...], float]
    budgets: Mapping[tuple[int, ...], float]
    wrong: tuple[int, ...] | None = None
    """Of a mismatch: the element whose error takes the largest share of its budget."""


def check(
    of: str,
    equation: Equation,
    operands: Mapping[str, Tensor],
    actual: Tensor,
    shown: tuple[tuple[int, ...], ...],
) -> Checked:
    """Hold a configured equation against what torch gave.

    All elements where that is cheap; otherwise a sample with the corners, the extremes, a zero and
    the elements that the page shows. A formula that cannot be evaluated, or gives another shape, is
    a mismatch without numbers.
    """
    if lengths(equation.result) != tuple(actual.shape):
        gives = f"the formula gives the shape {list(lengths(equation.result))}"
        return _without_numbers(of, actual, f"{gives}, torch {list(actual.shape)}")
    # integers are exact
    unit = _ROUNDOFF.get(actual.dtype, 0.0)
    elements = affordable(equation, actual, shown)
    try:
        found = evaluate(equation, operands, elements, unit=unit)
    except (IndexError, ValueError) as fault:
        # a formula that reads what is not there is wrong, not unexplained
        return _without_numbers(of, actual, f"the formula cannot be evaluated: {fault}")
    assert found.budget is not None
    budget = found.budget
    if unit:
        budget = budget + _below_normal(equation, actual.dtype)
    given = actual.detach()
    expected = given if elements is None else given[tuple(elements.unbind(1))]
    expected = expected.reshape(-1).to(torch.float64)
    error = (found.values - expected).abs()
    # equal infinities and NaN on both sides agree; their difference is no number
    same = (found.values == expected) | (found.values.isnan() & expected.isnan())
    if bool(expected.isinf().any()):
        same = same | _overflowed(found.values, budget, expected, actual.dtype)
    error = torch.where(same, 0.0, error)
    defined = _defined(found.values, actual.dtype)
    if defined is not None:
        error, budget, same = error[defined], budget[defined], same[defined]
    held = bool((error <= budget).logical_or(same).all())
    if not held and nan_compared(equation, operands):
        return Checked(Verdict(of, "unexplained", 0, actual.numel(), None, None, None, NAN), {}, {})
    verdict = _verdict(of, error, budget, actual.numel(), held=held)
    if verdict.checked == 0 and actual.numel():
        verdict = replace(verdict, elements=actual.numel(), reason=UNDEFINED)
    rows = {element: _row(element, elements, actual.shape) for element in dict.fromkeys(shown)}
    wrong = None
    if not held:
        row = _worst(error, budget)
        row = row if defined is None else int(defined.nonzero()[row])
        wrong = _element(row, elements, actual.shape)
        rows[wrong] = row
    return Checked(
        verdict,
        {element: float(found.values[row]) for element, row in rows.items()},
        {element: float(found.budget[row]) for element, row in rows.items()},
        wrong,
    )


def _below_normal(equation: Equation, dtype: torch.dtype) -> float:
    """What roundings below the smallest normal number add, where they are absolute.

    Each term of a sum may be rounded so, when it is made and when it is added, independently.
    """
    terms = term_count(equation.body, index_ranges(equation))
    unit, least = _ROUNDOFF[dtype], torch.finfo(dtype).smallest_normal
    return FACTOR * unit * least * math.sqrt(2 * terms)


def _defined(values: Tensor, dtype: torch.dtype) -> Tensor | None:
    """Which results an integer type can hold; torch leaves undefined what others become."""
    if dtype.is_floating_point or dtype == torch.bool:
        return None
    limits = torch.iinfo(dtype)
    inside = values.isfinite() & (values >= limits.min) & (values <= limits.max)
    return None if bool(inside.all()) else inside


def _overflowed(values: Tensor, budget: Tensor, actual: Tensor, dtype: torch.dtype) -> Tensor:
    """Where a value is beyond the type's largest number, half a unit of which rounds away."""
    if not dtype.is_floating_point:
        return torch.zeros_like(actual, dtype=torch.bool)
    limit = torch.finfo(dtype).max * (1 + _ROUNDOFF.get(dtype, 0.0) / 2)
    beyond = (values.abs() + budget >= limit) & (values.sign() == actual.sign())
    return actual.isinf() & beyond


def _without_numbers(of: str, actual: Tensor, reason: str) -> Checked:
    return Checked(Verdict(of, "mismatch", 0, actual.numel(), None, None, None, reason), {}, {})


def _verdict(of: str, error: Tensor, budget: Tensor, elements: int, *, held: bool) -> Verdict:
    count = error.numel()
    if count == 0:
        return Verdict(of, "given", 0, 0, None, None, None, "the tensor has no elements")
    share = torch.where(error == 0, 0.0, error / budget)
    worst = _worst(error, budget)
    return Verdict(
        of=of,
        status="verified" if held else "mismatch",
        checked=count,
        elements=elements,
        max_error=float(error.max()),
        budget=float(budget[worst]),
        share=float(share[worst]),
        reason=None if held else "calculated and actual value differ by more than the error budget",
    )


def _worst(error: Tensor, budget: Tensor) -> int:
    """The row whose error takes the largest share of its budget; without errors the largest one."""
    if not bool(error.any()):
        return int(budget.argmax())
    share = torch.where(error == 0, 0.0, error / budget)
    return int(share.nan_to_num(nan=math.inf).argmax())


def _element(row: int, elements: Tensor | None, shape: Sequence[int]) -> tuple[int, ...]:
    """The element that a row stands for."""
    if elements is not None:
        return tuple(elements[row].tolist())
    return tuple(int(k) for k in torch.unravel_index(torch.tensor(row), tuple(shape)))


def _row(element: tuple[int, ...], elements: Tensor | None, shape: Sequence[int]) -> int:
    """Where an element stands among those in row-major order, or among all."""
    if elements is None:
        return offset(element, shape)
    low, high = 0, elements.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if tuple(elements[middle].tolist()) < element:
            low = middle + 1
        else:
            high = middle
    return low

"""The second oracle for a gradient formula: the forward formula differentiated, both in float64.

A gradient is linear in the upstream gradient. So the upstream gradient is kept at a sample of the
output's elements and set to zero at all others; the gradient formula must then give what autograd
gives through the evaluation of the forward formula at that sample. Where none arrives in this run
it is taken as 1, so that a formula is judged there too.

An output that is NaN has no derivative, and is left out. So is an operand of which the formula says
that torch's gradient is by a rule of its own another, where it is: its value alone is judged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator.explain.elements import sample
from generator.formula.demand import Demand
from generator.formula.derive import derivative
from generator.formula.evaluate import evaluate
from generator.formula.memory import Operands
from generator.formula.operands import coordinates, index_ranges, lengths
from generator.formula.tree import Equation

SAMPLE = 24
"""Elements of the output whose upstream gradient is kept, and of the gradient that are compared."""

MOST = 1 << 20
"""What either side may cost, in operations; what would cost more is left to autograd alone."""

MOST_ELEMENTS = 1 << 22
"""Elements of an operand, of which copies in float64 are made; larger ones are left to autograd."""

TOLERANCE = 2.0**-26
"""Half the digits of float64, relative to the largest value: a wrong formula is off by far more."""

_UNIT = 2.0**-53
_OTHER_ORDER = 16
"""Times the gradient formula's own rounding that autograd's order of the same terms may reach."""


@dataclass(frozen=True)
class Agreement:
    """How far the gradient formula is from the forward formula's derivative."""

    difference: float
    """Largest difference, as a share of the largest value; 0 where float64's rounding explains it,
    as it does where all terms cancel."""
    checked: int

    @property
    def held(self) -> bool:
        """Whether they are the same but for float64's own rounding."""
        return self.difference <= TOLERANCE


@dataclass(frozen=True)
class _Part:
    """One output, and the elements of it at which an upstream gradient is kept."""

    forward: Equation
    elements: Tensor
    upstream: Tensor


def agreements(
    forwards: Sequence[Equation],
    gradients: Mapping[str, Equation],
    operands: Mapping[str, Tensor],
    conventions: Collection[str] = (),
) -> dict[str, Agreement]:
    """For each gradient equation by its operand's name; those too large to differentiate left out.

    The equations are configured; `forwards` are those of all outputs, and `operands` has the
    outputs, and `grad_output`, `grad_output_1`, … for those at which a gradient arrives. Of the
    `conventions` torch's gradient need not be the derivative: where it is not, they are left out.
    """
    forwards = [f for f in forwards if f"grad_{f.result.name}" in operands]
    read = {t.name for forward in forwards for t in forward.tensors}
    names = tuple(n for n in gradients if n in read and operands[n].is_floating_point())
    if not names or max(operands[n].numel() for n in names) > MOST_ELEMENTS:
        return {}
    masked, parts = dict(operands), []
    for forward in forwards:
        upstream = operands[f"grad_{forward.result.name}"]
        if upstream.numel() == 0:
            return {}
        elements = _some(upstream)
        if _cost(forward, elements) > MOST:
            return {}
        kept = _kept(upstream, operands.get(forward.result.name), elements)
        masked[f"grad_{forward.result.name}"] = kept
        parts.append(_Part(forward, elements, kept[tuple(elements.unbind(1))].reshape(-1)))
    try:
        exact = _derivatives(parts, operands, names)
    except (IndexError, ValueError):
        return {}  # the check against torch's own value says so
    shared = Operands(masked)
    found = {name: _agreement(gradients[name], shared, exact[name]) for name in names}
    return {
        name: agreement
        for name, agreement in found.items()
        if agreement is not None and (agreement.held or name not in conventions)
    }


def _kept(upstream: Tensor, output: Tensor | None, elements: Tensor) -> Tensor:
    """The upstream gradient at the elements alone."""
    kept = torch.zeros_like(upstream, dtype=torch.float64)
    at = tuple(elements.unbind(1))
    given = upstream[at].to(torch.float64)
    # where nothing arrives, or no number, any formula would do
    values = torch.where(given.isfinite() & (given != 0), given, 1.0)
    if output is not None and output.shape == upstream.shape:
        values = torch.where(output[at].isnan(), 0.0, values)
    kept[at] = values
    return kept


def _derivatives(
    parts: Sequence[_Part], operands: Mapping[str, Tensor], names: tuple[str, ...]
) -> dict[str, Tensor]:
    """What all outputs together send back to each operand."""
    exact = {n: torch.zeros_like(operands[n], dtype=torch.float64) for n in names}
    for part in parts:
        found = derivative(part.forward, operands, names, part.elements, part.upstream)
        exact = {n: exact[n] + found[n] for n in names}
    return exact


def _agreement(
    equation: Equation, operands: Mapping[str, Tensor], exact: Tensor
) -> Agreement | None:
    if lengths(equation.result) != tuple(exact.shape) or exact.numel() == 0:
        return None
    elements = _some(exact)
    if _cost(equation, elements) > MOST:
        return None
    try:
        found = evaluate(equation, operands, elements, unit=_UNIT)
    except (IndexError, ValueError):
        return None
    calculated, budget = found.values, found.budget
    assert budget is not None
    expected = exact[tuple(elements.unbind(1))].reshape(-1)
    if not bool((calculated.isfinite() & expected.isfinite()).all()):
        return None
    largest = float(torch.maximum(calculated.abs().max(), expected.abs().max()))
    difference = float((calculated - expected).abs().max())
    if difference <= float(budget.max()) * _OTHER_ORDER:
        difference = 0.0
    return Agreement(difference / largest if largest else 0.0, elements.shape[0])


def _some(tensor: Tensor) -> Tensor:
    if tensor.numel() <= 2 * SAMPLE:
        return coordinates(torch.arange(tensor.numel(), device=tensor.device), tensor.shape)
    return sample(tensor, SAMPLE, ())


def _cost(equation: Equation, elements: Tensor) -> int:
    """What the elements cost, with the stages that they demand."""
    demand = Demand(equation)
    own = demand.body(index_ranges(equation)) * elements.shape[0]
    for element in elements.tolist():
        if own + demand.stages > MOST:
            break
        demand.add({v.name: (i, i) for v, i in zip(equation.indices, element, strict=True)})
    return own + demand.stages

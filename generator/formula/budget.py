r"""Float64 values with the error that the library's own arithmetic may have made in each.

Every operation of the library rounds: its result is off by at most u·|result|, u being the unit
roundoff of its arithmetic. Roundings are treated as independent random variables (N. J. Higham and
T. Mary, A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019),
so variances add: σ² of an operation's result is Σ (∂result/∂operand)²·σ²(operand) + (u·result)².
In products and quotients the relative variances add, so that those of roundings need no tensor.

A sum of n terms rounds each of its partial sums P, in an order that is the library's own, and adds
u²·Σ P², the worst of several orders (`partial_sums`), to the variance Σ σ² of its terms.

Three things are not independent, and are counted as they are:
- one intermediate quantity read many times carries the same error to all of them: its signed
  contributions are added before they are squared;
- where two factors carry the same error e, as in (x - μ)², its square is added for each term with
  the same sign, which counts where the first order vanishes;
- equal terms round alike, and small ones lose alike beside a large one (`dependence`).

No sum of at most `FACTOR`² terms needs the last: Σ |error| ≤ √n·√(Σ error²).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain, aligned, fill, reduce_values
from generator.formula.dependence import alike, dependent
from generator.formula.functions import FUNCTIONS
from generator.formula.partial_sums import partial_sums
from generator.formula.rounded import (
    Rounded,
    Shared,
    carries,
    errs,
    inherited,
    join,
    masked,
    propagated,
    through,
)
from generator.formula.rounded_products import product_sum
from generator.formula.tree import Reduction

FACTOR = 4.0
"""Standard errors that a budget allows, the same for every layer."""


class Tracked:
    """Float64 values with the standard error that arithmetic of unit roundoff `unit` makes."""

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self.plain = Plain()
        # smallest normal number: float32 and bfloat16 have the same exponents
        self.tiny = 2.0**-126 if unit > 2.0**-50 else 2.0**-1022
        # float16 has few exponents; half of its smallest number is lost below its normal ones
        self.lost = 2.0**-25 if 2.0**-12 < unit < 2.0**-10 else 0.0

    def constant(self, value: float, like: Tensor) -> Rounded:
        mantissa = math.frexp(value)[0] if math.isfinite(value) else 0.5
        values = self.plain.constant(value, like)
        if float(mantissa * 2**24).is_integer():
            return Rounded(values, free=abs(mantissa) in (0.0, 0.5), nothing=value == 0)
        return Rounded(values, relative=1.0)

    def exact(self, values: Tensor, *, selector: bool = False) -> Rounded:
        return Rounded(values.to(torch.float64), free=selector)

    def stage(self, values: Tensor, errors: Tensor | None, key: Hashable) -> Rounded:
        if errors is None:
            return Rounded(values)
        varies = frozenset(axis for axis, size in enumerate(errors.shape[::-1]) if size > 1)
        return Rounded(values, shared={key: (errors / self.unit, varies)})

    def add(self, terms: Sequence[Rounded]) -> Rounded:
        result = terms[0]
        for term in terms[1:]:
            value = result.value + term.value
            rounding = 0.0 if result.nothing or term.nothing else 1.0
            result = through(value, [(result, None), (term, None)], rounding)
        return result

    def multiply(self, factors: Sequence[Rounded]) -> Rounded:
        result = factors[0]
        for factor in factors[1:]:
            result = self._times(result, factor)
        return result

    def _times(self, first: Rounded, second: Rounded) -> Rounded:
        exact = first.free or second.free
        relative = first.relative + second.relative + (0.0 if exact else 1.0)
        parts = [(first, second.value), (second, first.value)]
        value = first.value * second.value
        result = propagated(value, parts, relative, free=first.free and second.free)
        for key in first.shared.keys() & second.shared.keys():
            self._square(result, key, first.shared[key], second.shared[key][0])
        return result

    def negate(self, operand: Rounded) -> Rounded:
        shared = {key: (-part, axes) for key, (part, axes) in operand.shared.items()}
        return Rounded(-operand.value, operand.variance, operand.relative, shared, operand.free)

    def divide(self, numerator: Rounded, denominator: Rounded) -> Rounded:
        value = numerator.value / denominator.value
        relative = numerator.relative + denominator.relative + (0.0 if denominator.free else 1.0)
        parts: list[tuple[Rounded, Tensor]] = []
        if carries(numerator) or carries(denominator):
            inverse = 1 / denominator.value
            parts = [(numerator, inverse), (denominator, -value * inverse)]
        return propagated(value, parts, relative)

    def power(self, base: Rounded, exponent: Rounded) -> Rounded:
        value = torch.pow(base.value, exponent.value)
        parts: list[tuple[Rounded, Tensor]] = []
        if errs(base):
            parts.append((base, exponent.value * torch.pow(base.value, exponent.value - 1)))
        if errs(exponent):
            parts.append((exponent, value * torch.log(base.value)))
        result = through(value, parts, _TRANSCENDENTAL)
        if base.shared:
            curve = exponent.value * (exponent.value - 1) / 2
            curve = (curve * torch.pow(base.value, exponent.value - 2)).nan_to_num(0.0, 0.0, 0.0)
            for key, part in base.shared.items():
                self._square(result, key, part, part[0] * curve)
        return result

    def apply(self, function: str, operand: Rounded) -> Rounded:
        entry = FUNCTIONS[function]
        value = entry.tensor(operand.value)
        parts = []
        if errs(operand):
            slope = entry.slope(operand.value, value)
            if function == "sqrt":
                slope = self._below_root(slope, operand)
            parts = [(operand, slope)]
        result = through(value, parts, entry.rounding**2)
        if not entry.absolute:
            return result
        lasting = torch.full_like(value, entry.absolute**2)
        variance = lasting if result.variance is None else result.variance + lasting
        return Rounded(value, variance, result.relative, result.shared)

    def _below_root(self, slope: Tensor, operand: Rounded) -> Tensor:
        """The slope of a root where the error may be as large as the value.

        |√(v + e) - √v| ≤ √|e| whatever v is, also where what is negative is taken as 0.
        """
        variance = operand.total()
        assert variance is not None
        steepest = (self.unit * variance.sqrt()).rsqrt()
        # without an error any slope will do
        return torch.minimum(slope, steepest).nan_to_num(0.0, posinf=0.0)

    def extreme(self, kind: str, operands: Sequence[Rounded]) -> Rounded:
        value = self.plain.extreme(kind, [o.value for o in operands])
        variances = [v for v in (o.total() for o in operands) if v is not None]
        worst = functools.reduce(torch.maximum, variances) if variances else None
        return Rounded(value, worst)

    def choose(self, condition: Tensor, chosen: Rounded, otherwise: Rounded) -> Rounded:
        value = torch.where(condition, chosen.value, otherwise.value)
        relative = otherwise.relative if chosen.nothing else chosen.relative
        first, second, variance = chosen.variance, otherwise.variance, None
        if not (chosen.nothing or otherwise.nothing or relative == otherwise.relative):
            first, second, relative = chosen.own(), otherwise.own(), 0.0
        if first is not None or second is not None:
            zero = value.new_zeros(())
            variance = torch.where(
                condition, zero if first is None else first, zero if second is None else second
            )
        shared: Shared = {}
        for key, (part, axes) in chosen.shared.items():
            shared[key] = (torch.where(condition, part, 0.0), axes)
        for key, (part, axes) in otherwise.shared.items():
            join(shared, key, torch.where(condition, 0.0, part), axes)
        return Rounded(value, variance, relative, shared, chosen.free and otherwise.free)

    def reduce(
        self, kind: Reduction, body: Rounded, shape: tuple[int, ...], rest: int, mask: Tensor | None
    ) -> Rounded:
        value = body.value if mask is None else torch.where(mask, body.value, fill(kind))
        value = aligned(value, shape, rest)
        result = reduce_values(kind, value, len(shape), mask)
        if kind.startswith("arg"):
            return Rounded(result)
        if kind == "sum":
            filled = Rounded(value, body.variance, body.relative, body.shared, body.free)
            return self._sum(filled, result, shape, mask)
        variance = body.total()
        if variance is not None:
            variance = aligned(masked(variance, mask), shape, rest).flatten(0, len(shape) - 1)
        if kind == "prod":
            return _product(value.flatten(0, len(shape) - 1), variance, result)
        return Rounded(result, None if variance is None else variance.amax(0))

    def product_sum(
        self, left: Rounded, right: Rounded, shape: tuple[int, ...], rest: int
    ) -> Rounded:
        return product_sum(left, right, shape, rest, self.unit)

    def value(self, quantity: Rounded) -> Tensor:
        return quantity.value

    def error(self, quantity: Rounded) -> Tensor | None:
        variance = quantity.total()
        if variance is None:
            return None
        # a value below the smallest normal number may be flushed to zero
        error = self.unit * variance.sqrt() + quantity.value.abs().clamp(max=self.tiny) + self.lost
        # an infinity is right or wrong
        return error.where(quantity.value.isfinite(), 0.0)

    def _square(
        self, result: Rounded, key: Hashable, first: tuple[Tensor, frozenset[int]], second: Tensor
    ) -> None:
        """Add the second order of an error that two factors share; it has one sign."""
        part, axes = first
        join(result.shared, ("square", key), self.unit * part * second, axes)

    def _sum(
        self, body: Rounded, result: Tensor, shape: tuple[int, ...], mask: Tensor | None
    ) -> Rounded:
        if body.free:
            return Rounded(result)
        axes, count = len(shape), math.prod(shape)
        variance, shared = inherited(body, shape, result.dim(), mask)
        if count == 1:
            return Rounded(result, variance, body.relative, shared)
        sums = partial_sums(body.value, axes, result)
        own = sums.squares + body.relative * sums.power
        variance = own if variance is None else variance + own
        if count > FACTOR**2:
            flat = body.value.flatten(0, axes - 1)
            variance = dependent(variance, flat, result, sums, self.unit)
        return Rounded(result, variance, 0.0, shared)


_TRANSCENDENTAL = FUNCTIONS["exp"].rounding ** 2
"""Variance of what a power's own computation adds, in squared units of roundoff."""


def _product(flat: Tensor, variance: Tensor | None, result: Tensor) -> Rounded:
    """The product along axis 0: relative variances add, and equal factors err alike."""
    count = flat.shape[0]
    # multiplying by 1 rounds nothing
    relative = ((flat != 1).sum(0).to(torch.float64) - 1).clamp(min=0)
    if variance is not None:
        relative = relative + torch.where(flat == 0, 0.0, variance / flat.square()).sum(0)
    if count > FACTOR**2:
        relative = relative * (1 + alike(flat) / count)
    return Rounded(result, relative * result.square())

r"""Float64 values with the error that the library's own arithmetic may have made in each.

Every operation of the library rounds: its result is off by at most u·|result|, u being the unit
roundoff of its arithmetic. Roundings are treated as independent random variables (N. J. Higham and
T. Mary, A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019),
so variances add: σ² of an operation's result is Σ (∂result/∂operand)²·σ²(operand) + (u·result)².
In products and quotients the relative variances add, so that those of roundings need no tensor.

A sum of n terms rounds each of its partial sums P, in an order that is the library's own, and adds
u²·Σ P², the worst of several orders (`partial_sums`), to the variance Σ σ² of its terms.

Four things are not independent, and are counted as they are:
- one intermediate quantity read many times carries the same error to all of them: its signed
  contributions are added before they are squared;
- where two factors carry the same error e, as in (x - μ)², its square is added for each term with
  the same sign, which counts where the first order vanishes;
- equal terms round alike while the sum grows. Where a share ρ of all pairs of the n terms are
  equal, the variance of their errors' sum is (1 + ρ·(n-1)) times the independent one: with ρ = 1,
  all equal, it is the worst case, (Σ |error|)² ≤ n·Σ error². The share is counted in n/4 pairs;
- terms too small to change the sum, |t| < u·max |P|, are lost whole and all with their own sign.
  A sum that grows steadily has max |P| = √3 times its partial sums' root mean square; 2 is counted.

No sum of at most `FACTOR`² terms needs the last two: Σ |error| ≤ √n·√(Σ error²).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain, aligned, fill, reduce_values
from generator.formula.functions import FUNCTIONS
from generator.formula.partial_sums import PartialSums, partial_sums
from generator.formula.tree import Reduction

FACTOR = 4.0
"""Standard errors that a budget allows, the same for every layer."""

Shared = dict[Hashable, tuple[Tensor, frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Rounded:
    """Values with the errors of each, in units of the roundoff.

    The variance of the errors of its own is `variance` + `relative` · value². `shared` has, by
    source, the signed standard error that the source contributes, and the axes (counted from the
    right) along which the source has errors of its own.
    """

    value: Tensor
    variance: Tensor | None = None
    relative: float = 0.0
    shared: Shared = field(default_factory=dict)
    free: bool = False
    """A factor of 0, ±1 or a power of two, by which a product is exact."""
    nothing: bool = False
    """The constant 0."""

    def own(self) -> Tensor | None:
        """Variance of the errors that nothing else shares."""
        if not self.relative:
            return self.variance
        # rounding leaves ±∞ as it is
        fresh = (self.relative * self.value.square()).nan_to_num(0.0, 0.0)
        return fresh if self.variance is None else self.variance + fresh

    def total(self) -> Tensor | None:
        """Variance of the whole error, its own and shared."""
        result = self.own()
        for part, _ in self.shared.values():
            result = part.square() if result is None else result + part.square()
        return result


class Tracked:
    """Float64 values with the standard error that arithmetic of unit roundoff `unit` makes."""

    def __init__(self, unit: float) -> None:
        self.unit = unit
        self.plain = Plain()
        # smallest normal number: float32 and bfloat16 have the same exponents
        self.tiny = 2.0**-126 if unit > 2.0**-50 else 2.0**-1022

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
            result = _through(value, [(result, None), (term, None)], rounding)
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
        result = _propagated(value, parts, relative, free=first.free and second.free)
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
        if _carries(numerator) or _carries(denominator):
            inverse = 1 / denominator.value
            parts = [(numerator, inverse), (denominator, -value * inverse)]
        return _propagated(value, parts, relative)

    def power(self, base: Rounded, exponent: Rounded) -> Rounded:
        value = torch.pow(base.value, exponent.value)
        parts: list[tuple[Rounded, Tensor]] = []
        if _errs(base):
            parts.append((base, exponent.value * torch.pow(base.value, exponent.value - 1)))
        if _errs(exponent):
            parts.append((exponent, value * torch.log(base.value)))
        result = _through(value, parts, _TRANSCENDENTAL)
        if base.shared:
            curve = exponent.value * (exponent.value - 1) / 2
            curve = (curve * torch.pow(base.value, exponent.value - 2)).nan_to_num(0.0, 0.0, 0.0)
            for key, part in base.shared.items():
                self._square(result, key, part, part[0] * curve)
        return result

    def apply(self, function: str, operand: Rounded) -> Rounded:
        entry = FUNCTIONS[function]
        value = entry.tensor(operand.value)
        parts = [(operand, entry.slope(operand.value, value))] if _errs(operand) else []
        result = _through(value, parts, entry.rounding**2)
        if not entry.absolute:
            return result
        lasting = torch.full_like(value, entry.absolute**2)
        variance = lasting if result.variance is None else result.variance + lasting
        return Rounded(value, variance, result.relative, result.shared)

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
            _join(shared, key, torch.where(condition, 0.0, part), axes)
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
            masked = Rounded(value, body.variance, body.relative, body.shared, body.free)
            return self._sum(masked, result, shape, mask)
        variance = body.total()
        if variance is not None:
            variance = aligned(_masked(variance, mask), shape, rest).flatten(0, len(shape) - 1)
        if kind == "prod":
            return _product(value.flatten(0, len(shape) - 1), variance, result)
        return Rounded(result, None if variance is None else variance.amax(0))

    def value(self, quantity: Rounded) -> Tensor:
        return quantity.value

    def error(self, quantity: Rounded) -> Tensor | None:
        variance = quantity.total()
        if variance is None:
            return None
        # a value below the smallest normal number may be flushed to zero
        error = self.unit * variance.sqrt() + quantity.value.abs().clamp(max=self.tiny)
        # an infinity is right or wrong
        return error.where(quantity.value.isfinite(), 0.0)

    def _square(
        self, result: Rounded, key: Hashable, first: tuple[Tensor, frozenset[int]], second: Tensor
    ) -> None:
        """Add the second order of an error that two factors share; it has one sign."""
        part, axes = first
        _join(result.shared, ("square", key), self.unit * part * second, axes)

    def _sum(
        self, body: Rounded, result: Tensor, shape: tuple[int, ...], mask: Tensor | None
    ) -> Rounded:
        if body.free:
            return Rounded(result)
        axes, count = len(shape), math.prod(shape)
        variance, shared = _inherited(body, shape, result.dim(), mask)
        if count == 1:
            return Rounded(result, variance, body.relative, shared)
        sums = partial_sums(body.value, axes, result)
        own = sums.squares + body.relative * sums.power
        variance = own if variance is None else variance + own
        if count > FACTOR**2:
            variance = _dependent(variance, body.value.flatten(0, axes - 1), sums, self.unit)
        return Rounded(result, variance, 0.0, shared)


_TRANSCENDENTAL = FUNCTIONS["exp"].rounding ** 2
"""Variance of what a power's own computation adds, in squared units of roundoff."""


def _carries(quantity: Rounded) -> bool:
    """Whether it has errors that a tensor describes."""
    return quantity.variance is not None or bool(quantity.shared)


def _errs(quantity: Rounded) -> bool:
    return bool(quantity.relative) or _carries(quantity)


def _through(
    value: Tensor, parts: Sequence[tuple[Rounded, Tensor | None]], rounding: float
) -> Rounded:
    """An operation's result, to first order: each part with the derivative by it (None: 1)."""
    variance: Tensor | None = None
    shared: Shared = {}
    for quantity, slope in parts:
        own = quantity.own()
        if own is not None:
            if slope is not None:
                # where the slope is infinite, as sqrt's at 0, an exact operand has no error
                own = (own * slope.square()).nan_to_num(0.0, torch.inf)
            variance = own if variance is None else variance + own
        for key, (part, axes) in quantity.shared.items():
            _join(shared, key, part if slope is None else part * slope, axes)
    return Rounded(value, variance, rounding, shared)


def _propagated(
    value: Tensor, parts: Sequence[tuple[Rounded, Tensor]], relative: float, *, free: bool = False
) -> Rounded:
    """The result of a product or quotient, whose relative variances have been added."""
    tensors = [
        (Rounded(quantity.value, quantity.variance, 0.0, quantity.shared), slope)
        for quantity, slope in parts
        if _carries(quantity)
    ]
    result = _through(value, tensors, relative)
    return Rounded(value, result.variance, relative, result.shared, free)


def _join(shared: Shared, key: Hashable, part: Tensor, axes: frozenset[int]) -> None:
    if key in shared:
        known, known_axes = shared[key]
        shared[key] = (known + part, known_axes | axes)
    else:
        shared[key] = (part, axes)


def _masked(values: Tensor, mask: Tensor | None) -> Tensor:
    return values if mask is None else torch.where(mask, values, 0.0)


def _inherited(
    body: Rounded, shape: tuple[int, ...], rest: int, mask: Tensor | None
) -> tuple[Tensor | None, Shared]:
    """What the errors of a sum's terms, other than relative ones, come to in the sum."""
    axes = len(shape)
    reduced = tuple(range(axes))
    variance: Tensor | None = None
    if body.variance is not None:
        variance = aligned(_masked(body.variance, mask), shape, rest).sum(reduced)
    shared: Shared = {}
    for key, (found, varies) in body.shared.items():
        part = aligned(_masked(found, mask), shape, rest)
        own = [d for d in reduced if (axes + rest - 1 - d) in varies]
        if not own:
            _join(shared, key, part.sum(reduced), varies)
            continue
        same = [d for d in reduced if d not in own]
        part = part.sum(same, keepdim=True) if same else part
        squares = part.square().sum(reduced)
        variance = squares if variance is None else variance + squares
    return variance, shared


def _dependent(variance: Tensor, flat: Tensor, sums: PartialSums, unit: float) -> Tensor:
    """The variance of a long sum's error with what equal terms and lost ones add to it."""
    count = flat.shape[0]
    left, right = _pairs(count, flat.device)
    first, second = flat.index_select(0, left), flat.index_select(0, right)
    scale = count / left.shape[0]
    rounding = (sums.present - 1).clamp(min=1)
    alike = ((first == second) & (first != 0)).sum(0)
    share = (alike * (scale * count) / sums.present.clamp(min=1).square()).clamp(max=1)
    bound = 2 * unit * (sums.squares / rounding).sqrt()
    lost = torch.where(first.abs() < bound, first, 0.0).sum(0) * (scale / unit)
    return variance * (1 + share * rounding) + lost.square()


@functools.lru_cache(maxsize=16)
def _pairs(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Positions of terms to compare, none twice, in a fixed order without a pattern."""
    shuffled = torch.randperm(count, generator=torch.Generator().manual_seed(0)).to(device)
    half = -(-count // 4)
    return shuffled[:half], shuffled[half : 2 * half]


def _product(flat: Tensor, variance: Tensor | None, result: Tensor) -> Rounded:
    """The product along axis 0: relative variances add."""
    if variance is None:
        return Rounded(result, None, flat.shape[0] - 1.0)
    own = torch.where(flat == 0, 0.0, variance / flat.square()).sum(0)
    return Rounded(result, own * result.square(), flat.shape[0] - 1.0)

r"""Float64 values with the error that the library's own arithmetic may have made in each.

Every operation of the library rounds: its result is off by at most u·|result|, u being the unit
roundoff of its arithmetic. Roundings are treated as independent random variables (N. J. Higham and
T. Mary, A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019),
so variances add: σ² of an operation's result is Σ (∂result/∂operand)²·σ²(operand) + (u·result)².

A sum of n terms rounds each of its partial sums, so it adds u²·Σ P². The order in which a library
adds is its own, so the partial sums are formed in several: as written, axes reversed, eight
interleaved lanes, and a random order in expectation. The largest counts.

Three things are not independent, and are counted as they are:
- one intermediate quantity read many times carries the same error to all of them: its signed
  contributions are added before they are squared;
- equal terms round alike while the sum grows: the share of repeats ρ interpolates between
  Σ P² and (Σ |P|)²;
- terms too small to change the sum are lost whole, all with one sign.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generator.formula.arithmetic import Plain, aligned, fill, reduce_values
from generator.formula.functions import FUNCTIONS
from generator.formula.tree import Reduction

FACTOR = 4.0
"""Standard errors that a budget allows, the same for every layer."""

LANES = 8


@dataclass(frozen=True, slots=True)
class Rounded:
    """Values, the variance of their independent errors, and the errors they share with others.

    `shared` has, by source, the signed standard error that the source contributes, and the axes
    (counted from the right) along which the source has errors of its own.
    """

    value: Tensor
    variance: Tensor | None = None
    shared: dict[Hashable, tuple[Tensor, frozenset[int]]] = field(default_factory=dict)
    free: bool = False
    """A factor of 0, ±1 or a power of two, by which a product is exact; or an integer."""

    def total(self) -> Tensor | None:
        """Variance of the whole error, independent and shared."""
        result = self.variance
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
            return Rounded(values, free=abs(mantissa) in (0.0, 0.5))
        return Rounded(values, (self.unit * values).square())

    def exact(self, values: Tensor, *, selector: bool = False) -> Rounded:
        return Rounded(values.to(torch.float64), free=selector)

    def stage(self, values: Tensor, errors: Tensor | None, key: Hashable) -> Rounded:
        if errors is None:
            return Rounded(values)
        sizes = errors.shape[::-1]
        varies = frozenset(axis for axis, size in enumerate(sizes) if size > 1)
        return Rounded(values, None, {key: (errors, varies)})

    def add(self, terms: Sequence[Rounded]) -> Rounded:
        result = terms[0]
        for term in terms[1:]:
            value = result.value + term.value
            rounds = not (_is_zero(result) or _is_zero(term))
            result = self._combine(value, ((result, None), (term, None)), rounds=rounds)
        return result

    def multiply(self, factors: Sequence[Rounded]) -> Rounded:
        result = factors[0]
        for factor in factors[1:]:
            value = result.value * factor.value
            rounds = not (result.free or factor.free)
            parts = ((result, factor.value), (factor, result.value))
            result = self._combine(value, parts, rounds=rounds)
        return result

    def negate(self, operand: Rounded) -> Rounded:
        shared = {key: (-part, axes) for key, (part, axes) in operand.shared.items()}
        return Rounded(-operand.value, operand.variance, shared, operand.free)

    def divide(self, numerator: Rounded, denominator: Rounded) -> Rounded:
        value = numerator.value / denominator.value
        slope = 1 / denominator.value
        parts = ((numerator, slope), (denominator, -value * slope))
        return self._combine(value, parts, rounds=not denominator.free)

    def power(self, base: Rounded, exponent: Rounded) -> Rounded:
        value = torch.pow(base.value, exponent.value)
        slope = exponent.value * torch.pow(base.value, exponent.value - 1)
        parts = [(base, slope)]
        if exponent.total() is not None:
            parts.append((exponent, value * torch.log(base.value)))
        return self._combine(value, parts, rounding=FUNCTIONS["exp"].rounding)

    def apply(self, function: str, operand: Rounded) -> Rounded:
        entry = FUNCTIONS[function]
        value = entry.tensor(operand.value)
        operand = _settled(operand)
        slope = entry.slope(operand.value, value)
        error = operand.total()
        if error is not None:
            # where the slope is infinite, as sqrt's at 0, an exact operand still has no error
            slope = torch.where(error == 0, 0.0, slope)
        result = self._combine(value, ((operand, slope),), rounding=entry.rounding)
        if not entry.absolute:
            return result
        lasting = torch.full_like(value, (entry.absolute * self.unit) ** 2)
        variance = lasting if result.variance is None else result.variance + lasting
        return Rounded(value, variance, result.shared)

    def extreme(self, kind: str, operands: Sequence[Rounded]) -> Rounded:
        value = self.plain.extreme(kind, [o.value for o in operands])
        variances = [v for v in (o.total() for o in operands) if v is not None]
        worst = self.plain.extreme("max", variances) if variances else None
        return Rounded(value, worst)

    def choose(self, condition: Tensor, chosen: Rounded, otherwise: Rounded) -> Rounded:
        value = torch.where(condition, chosen.value, otherwise.value)
        zero = value.new_zeros(())
        variance = None
        if chosen.variance is not None or otherwise.variance is not None:
            variance = torch.where(
                condition,
                zero if chosen.variance is None else chosen.variance,
                zero if otherwise.variance is None else otherwise.variance,
            )
        shared = {
            key: (torch.where(condition, part, zero), axes)
            for key, (part, axes) in chosen.shared.items()
        }
        for key, (part, axes) in otherwise.shared.items():
            _join(shared, key, torch.where(condition, zero, part), axes)
        return Rounded(value, variance, shared, chosen.free and otherwise.free)

    def reduce(
        self, kind: Reduction, body: Rounded, shape: tuple[int, ...], rest: int, mask: Tensor | None
    ) -> Rounded:
        value = body.value if mask is None else torch.where(mask, body.value, fill(kind))
        value = aligned(value, shape, rest)
        result = reduce_values(kind, value, len(shape), mask)
        if kind == "sum":
            return self._sum(body, value, result, shape, mask)
        variance = body.total()
        if kind.startswith("arg") or (variance is None and kind != "prod"):
            return Rounded(result)
        if variance is not None:
            variance = aligned(_masked(variance, mask), shape, rest)
        if kind == "prod":
            return self._product(value, variance, result, len(shape))
        assert variance is not None
        return Rounded(result, variance.flatten(0, len(shape) - 1).amax(0))

    def value(self, quantity: Rounded) -> Tensor:
        return quantity.value

    def error(self, quantity: Rounded) -> Tensor | None:
        variance = quantity.total()
        if variance is None:
            return None
        # a value below the smallest normal number may be flushed to zero
        return variance.sqrt() + quantity.value.abs().clamp(max=self.tiny)

    def _combine(
        self,
        value: Tensor,
        parts: Iterable[tuple[Rounded, Tensor | None]],
        *,
        rounds: bool = True,
        rounding: float = 1.0,
    ) -> Rounded:
        """First-order propagation: each part with the derivative by it (None: 1)."""
        variance = (rounding * self.unit * value).square() if rounds and rounding else None
        shared: dict[Hashable, tuple[Tensor, frozenset[int]]] = {}
        for quantity, slope in parts:
            if quantity.variance is not None:
                own = quantity.variance if slope is None else quantity.variance * slope.square()
                variance = own if variance is None else variance + own
            for key, (part, axes) in quantity.shared.items():
                _join(shared, key, part if slope is None else part * slope, axes)
        return Rounded(value, variance, shared)

    def _sum(
        self,
        body: Rounded,
        terms: Tensor,
        result: Tensor,
        shape: tuple[int, ...],
        mask: Tensor | None,
    ) -> Rounded:
        axes, rest = len(shape), result.dim()
        flat = terms.flatten(0, axes - 1)
        repeats = _repeats(flat)
        partial, straight = self._partial_sums(terms, axes)
        variance = partial + repeats * (straight.square() - partial).clamp(min=0)
        lost = _lost(flat, self.unit)
        variance = self.unit**2 * variance + lost.square()
        if body.free:
            variance = torch.zeros_like(variance)
        if body.variance is not None:
            own = aligned(_masked(body.variance, mask), shape, rest).flatten(0, axes - 1)
            independent = own.sum(0)
            alike = own.sqrt().sum(0).square()
            variance = variance + independent + repeats * (alike - independent)
        shared: dict[Hashable, tuple[Tensor, frozenset[int]]] = {}
        for key, (found, varies) in body.shared.items():
            part = aligned(_masked(found, mask), shape, rest)
            own_axes = [d for d in range(axes) if (axes + rest - 1 - d) in varies]
            same_axes = [d for d in range(axes) if d not in own_axes]
            part = part.sum(same_axes, keepdim=True) if same_axes else part
            if own_axes:
                variance = variance + part.square().sum(tuple(range(axes)))
            else:
                _join(shared, key, part.sum(tuple(range(axes))), varies)
        return Rounded(result, variance, shared)

    def _partial_sums(self, terms: Tensor, axes: int) -> tuple[Tensor, Tensor]:
        """Σ P² and Σ |P| over the partial sums that round, the largest of several orders."""
        flat = terms.flatten(0, axes - 1)
        squares, straight = _running(flat)
        if flat.shape[0] <= 2:
            return squares, straight
        if axes > 1:
            backwards = terms.permute(*reversed(range(axes)), *range(axes, terms.dim()))
            squares = torch.maximum(squares, _running(backwards.flatten(0, axes - 1))[0])
        if flat.shape[0] > LANES:
            squares = torch.maximum(squares, _interleaved(flat))
        count = (flat != 0).sum(0).to(torch.float64)
        total, power = flat.sum(0), flat.square().sum(0)
        spread = (power - total.square() / count.clamp(min=1)).clamp(min=0)
        shuffled = (count - 1).clamp(min=0) * (total.square() / 3 + spread / 6)
        return torch.maximum(squares, shuffled), straight

    def _product(
        self, terms: Tensor, variance: Tensor | None, result: Tensor, axes: int
    ) -> Rounded:
        flat = terms.flatten(0, axes - 1)
        relative = flat.new_full((), (flat.shape[0] - 1) * self.unit**2)
        if variance is not None:
            own = variance.flatten(0, axes - 1) / flat.square()
            relative = relative + torch.where(flat == 0, 0.0, own).sum(0)
        return Rounded(result, relative * result.square())


def _is_zero(quantity: Rounded) -> bool:
    return quantity.free and quantity.value.dim() == 0 and not bool(quantity.value)


def _settled(quantity: Rounded) -> Rounded:
    """The quantity without errors where it is infinite: rounding leaves ±∞ as it is."""
    if not bool(quantity.value.isinf().any()):
        return quantity
    finite = ~quantity.value.isinf()
    variance = None if quantity.variance is None else _masked(quantity.variance, finite)
    shared = {key: (_masked(part, finite), axes) for key, (part, axes) in quantity.shared.items()}
    return Rounded(quantity.value, variance, shared, quantity.free)


def _masked(values: Tensor, mask: Tensor | None) -> Tensor:
    return values if mask is None else torch.where(mask, values, 0.0)


def _join(
    shared: dict[Hashable, tuple[Tensor, frozenset[int]]],
    key: Hashable,
    part: Tensor,
    axes: frozenset[int],
) -> None:
    if key in shared:
        known, known_axes = shared[key]
        shared[key] = (known + part, known_axes | axes)
    else:
        shared[key] = (part, axes)


def _running(flat: Tensor) -> tuple[Tensor, Tensor]:
    """Σ P² and Σ |P| of the running sum along axis 0, where adding a term can round at all."""
    partial = flat.cumsum(0)
    present = flat != 0
    # 0 + t and P + 0 are exact, so the first term and absent ones round nothing
    rounds = present & (present.cumsum(0) > 1)
    partial = torch.where(rounds, partial, 0.0)
    return partial.square().sum(0), partial.abs().sum(0)


def _interleaved(flat: Tensor) -> Tensor:
    """Σ P² where lane j adds the terms j, j + 8, j + 16, …, and the lanes are added up last."""
    missing = -flat.shape[0] % LANES
    if missing:
        flat = torch.cat([flat, flat.new_zeros(missing, *flat.shape[1:])])
    lanes = flat.reshape(-1, LANES, *flat.shape[1:])
    within = _running(lanes)[0].sum(0)
    return within + _running(lanes.sum(0))[0]


def _repeats(flat: Tensor) -> Tensor:
    """Share of the terms that equal their neighbour, which round like it."""
    if flat.shape[0] < 2:
        return flat.new_zeros(flat.shape[1:])
    alike = (flat[1:] == flat[:-1]) & (flat[1:] != 0)
    present = (flat != 0).sum(0).clamp(min=2)
    return alike.sum(0) / (present - 1)


def _lost(flat: Tensor, unit: float) -> Tensor:
    """Sum of the terms that are smaller than half a unit in the last place of the sum so far."""
    if flat.shape[0] < 2:
        return flat.new_zeros(flat.shape[1:])
    sizes = flat.abs()
    largest = flat.cumsum(0).abs().amax(0)
    return torch.where(sizes < 2 * unit * largest, sizes, 0.0).sum(0)

"""Mean and squared deviations over some axes: what variance and standard deviation have."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from generator.formula.configure import Setting
from generator.formula.tree import Div, Equation, Expr, Num, Stage, Sym, Tensor
from generator.layers import moments
from generator.layers.axes import at
from generator.layers.dtypes import spelled
from generator.layers.over_axes import Reduced, reduced, refuse_empty
from generator.layers.pairs import power_of_two
from generator.layers.registry import Call, Formula, Note, Output, Refused
from generator.layers.tensors import upstream

ARGUMENTS = "input, dim=None, unbiased=None, keepdim=False, correction=None"

_MANY = 1 << 20
"""Values up to which the rounding of each one's own mean is followed."""
_DELTA = Sym("delta", r"\delta", "correction: how many fewer than M divide", integer=False)
_CORRECTED = Note(
    "Divided by one less than there are",
    "The mean is estimated from the same values, which makes their squared deviations too small "
    "on average; dividing by one less makes up for it. Normalisation layers do not do so.",
)


@dataclass(frozen=True)
class Spread:
    """The declarations of a variance."""

    over: Reduced
    correction: float

    @property
    def freedom(self) -> Expr:
        """M - δ."""
        return moments.COUNT - _DELTA if self.correction else moments.COUNT

    @property
    def mean(self) -> Stage:
        """μ."""
        return moments.mean(self.over.x, self.over.axes, self.over.kept)

    @property
    def deviation(self) -> Expr:
        """x - μ."""
        return self.over.value - self.mean.tensor[at(self.over.kept)]

    @property
    def variance(self) -> Expr:
        """1/(M - δ) Σ (x - μ)²."""
        return self.over.sum_of(self.deviation**2) / self.freedom

    @property
    def variance_so_far(self) -> Expr:
        """The same in one pass, as on a GPU, where each value has a rounded mean of its own."""
        so_far = self._so_far.tensor[self.over.inside]
        return self.over.sum_of((self.over.value - so_far) ** 2) / self.freedom

    @property
    def _so_far(self) -> Stage:
        over = self.over
        return moments.accumulated(over.x, over.axes, over.kept, self.mean.tensor)[0]

    def forward(self, body: Expr, arithmetic: Expr) -> Equation:
        """y = body; `arithmetic` as on a GPU, where it can be followed.

        On a CPU torch computes in float64, which the body's own rounding covers.
        """
        if self.over.count > _MANY:
            return self.over.forward(body, stages=(self.mean,))
        return self.over.forward(body, stages=(self.mean, self._so_far), arithmetic=arithmetic)

    def gradient(self, slope: Expr, *stages: Stage) -> dict[str, Equation]:
        """∂L/∂x, with what arrives at the mean where that is an output too."""
        over, reached = self.over, self.over.call.reached
        parts: list[tuple[Tensor, Expr]] = [(over.y, slope)]
        if len(reached) > 1:
            parts.append((self._mean_result, over.g_of(self._mean_result) / moments.COUNT))
        arriving = [part for part, arrives in zip(parts, reached, strict=True) if arrives]
        if not arriving:
            return {}
        body = sum((p for _, p in arriving[1:]), arriving[0][1])
        given = tuple(upstream(result) for result, _ in arriving)
        return over.gradients(body, stages=(self.mean, *stages), given=given)

    @property
    def mean_output(self) -> Output:
        """The mean as the second output."""
        over = self.over
        # on a GPU torch multiplies by 1/M
        inexact = None if power_of_two(over.count) else Div(Num(1), moments.COUNT) * over.total
        body = over.total / moments.COUNT
        equation = Equation(self._mean_result, over.at, body, (over.x,), arithmetic=inexact)
        return Output("mean", equation, over.output_axes)

    @property
    def _mean_result(self) -> Tensor:
        return self.over.result(1, r"\bar{x}", "mean", "Mean")

    def formula(
        self,
        summary: str,
        forward: Equation,
        gradients: dict[str, Equation],
        *,
        result: str,
        others: tuple[Output, ...],
        notes: tuple[Note, ...] = (),
    ) -> Formula:
        """The explanation with these equations."""
        over = self.over
        numbers: dict[str, Setting] = {"M": over.count, "delta": self.correction}
        return Formula(
            summary=summary,
            forward=forward,
            gradients=gradients,
            settings={**over.settings, **numbers},
            axes=over.named,
            sizes=over.sizes,
            multiply_adds=math.prod(over.call.shape()),
            notes=(*((_CORRECTED,) if self.correction == 1 else ()), *notes),
            result=result,
            others=others,
        )


def spread(call: Call) -> Spread:
    """The mean and the deviations of a call; Refused where too few values are left to divide by."""
    call, correction = _corrected(call)
    over = reduced(call)
    refuse_empty(over, "the variance")
    if over.count <= correction:
        message = f"{spelled(call)} of {over.values} with a correction of {correction:g}"
        raise Refused(f"{message} divides by nothing: this is not explained")
    return Spread(over, correction)


def _corrected(call: Call) -> tuple[Call, float]:
    """The call with `dim` in its place, and its correction, 1 unless something else is asked."""
    options = dict(call.options)
    if isinstance(options["dim"], bool):  # torch.var(x, False)
        options["unbiased"], options["dim"] = options["dim"], None
    unbiased, given = options["unbiased"], options["correction"]
    if given is None:
        given = 1 if unbiased is None else int(bool(unbiased))
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Refused(f"{spelled(call)}(correction={given!r}): only a number is explained")
    return replace(call, options=options), given

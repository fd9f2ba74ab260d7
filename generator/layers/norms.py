"""r = (Σ |e|^p)^(1/p), and ∂r/∂e: what every p-norm has, whatever its elements are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from generator.formula.build import apply, bracket, cases, equal, largest, smallest, total, unequal
from generator.formula.configure import Setting
from generator.formula.tree import Div, Either, Expr, Num, Range, Read, Stage, Sym
from generator.layers.dtypes import spelled
from generator.layers.registry import Call, Note, Refused

_P = Sym("p", "p", "order of the norm", integer=False)
_WORDS = {
    0: "number of nonzeros",
    1: "sum of the magnitudes",
    2: "Euclidean length",
    math.inf: "largest magnitude",
    -math.inf: "smallest magnitude",
}
_FLAT = Note(
    "No slope at zero",
    "Where all elements are 0 the norm has a corner and no derivative; torch takes 0 there.",
)
_SIGN = Note("No slope at zero", r"\(|x|\) has a corner at 0 and no derivative; torch takes 0.")
_STEPS = Note("No gradient", "A count changes in steps, so that no gradient goes back.")
_TIES = Note(
    "Ties share the gradient",
    "Where several elements have the same magnitude as the norm, each gets the same part.",
)

Named = Callable[[str, str, str, Expr], tuple[Stage, Read]]
"""Makes a stage with one value for each norm, from its name, symbol, meaning and body."""


@dataclass(frozen=True)
class Norm:
    """A norm of some order over the elements of some ranges."""

    p: float
    spans: tuple[Range, ...]

    @property
    def words(self) -> str:
        """What it is, in a sentence."""
        return _WORDS.get(self.p, f"norm with p = {self.p:g}")

    @property
    def settings(self) -> dict[str, Setting]:
        """The order, where the formula has it as a symbol."""
        if self.p in _WORDS:
            return {}
        return {"p": int(self.p) if float(self.p).is_integer() else self.p}

    @property
    def notes(self) -> tuple[Note, ...]:
        """What becomes of the gradient in a corner."""
        return {
            0: (_STEPS,),
            1: (_SIGN,),
            math.inf: (_TIES,),
            -math.inf: (_TIES,),
        }.get(self.p, (_FLAT,))

    def of(self, e: Expr) -> Expr:
        """r, of the elements e."""
        if self.p == 0:
            return self._total(bracket(unequal(e, 0)))
        if self.p == 1:
            return self._total(abs(e))
        if self.p == 2:
            return apply("sqrt", self._total(e**2))
        if math.isinf(self.p):
            extreme = largest if self.p > 0 else smallest
            return extreme(self.spans, abs(e)) if self.spans else abs(e)
        return self._total(abs(e) ** _P) ** Div(Num(1), _P)

    def slope(self, e: Expr, g: Expr, named: Named) -> Slope:
        """g ∂r/∂e at an element e."""
        sign = apply("sign", e)
        if self.p == 0:
            return Slope(Num(0))
        if self.p == 1:
            return Slope(sign * g)
        stage, r = named("norm", "r", "the output, computed once more from the input", self.of(e))
        if math.isinf(self.p):
            here = bracket(equal(abs(e), r))
            meaning = "how many magnitudes are equal to the norm"
            ties, count = named("ties", "k", meaning, self._total(here))
            return Slope(sign * (g / count) * here, (stage, ties))
        if self.p == 2:
            return Slope(cases((equal(r, 0), 0), otherwise=g * (e / r)), (stage,))
        zero = equal(e, 0) if self.p > 0 else Either((equal(e, 0), equal(r, 0)))
        shares = cases((zero, 0), otherwise=sign * (abs(e) / r) ** (_P - 1) * g)
        powers = sign * abs(e) ** (_P - 1) * (g / r ** (_P - 1))
        return Slope(shares, (stage,), cases((zero, 0), otherwise=powers))

    def _total(self, body: Expr) -> Expr:
        return total(self.spans, body) if self.spans else body


@dataclass(frozen=True)
class Slope:
    """What an element of a norm gets of its gradient."""

    body: Expr
    stages: tuple[Stage, ...] = ()
    arithmetic: Expr | None = None
    """In torch's order, where that rounds more."""


def norm_of(call: Call, given: object, spans: tuple[Range, ...]) -> Norm:
    """The norm of a given order; Refused for what is no number."""
    if isinstance(given, bool) or not isinstance(given, int | float) or math.isnan(given):
        raise Refused(f"{spelled(call)} with the order {given!r} is not explained")
    return Norm(float(given), spans)

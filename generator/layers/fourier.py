r"""The discrete Fourier transform as the sum that defines it, over one axis or several.

y[k] = s Σ_t x[t] e^(∓iθ) with θ = 2π Σ_d k_d t_d / N_d, the minus sign in the forward direction.
Angles repeat every N steps, so that k t counts modulo N. A real input has a spectrum of which half
is kept; the way back from the half counts each number twice but those that are their own mirror
images, and of these the real part alone. The gradient is the sum with the conjugate factors.

A library computes a fast transform, which rounds less than the sum that bounds it here: it adds the
same terms, in a tree of log₂ N levels. Level m adds partial sums of 2^m terms, and the estimate of
a sum in random order, c·(Σ term²)·c/6 for c terms, has partial sums as large. Each term is
multiplied by log₂ N rounded factors, whose product is e^(iθ). The parts of such a product may
cancel, so that they err by as much where they are small: in the arithmetic here e^(iθ) is
e^(i(θ+π/4)) e^(-iπ/4), with the cosines and sines of a library, which err by more than log₂ N
rounded factors do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from generator.formula.build import apply, bracket, every, smaller
from generator.formula.configure import Setting
from generator.formula.tree import (
    Compare,
    Cond,
    Div,
    Equation,
    Expr,
    Num,
    Range,
    Sym,
    Tensor,
    Var,
    add,
    mul,
)
from generator.layers.axes import Axis
from generator.layers.complexes import COUNTS, PART, PARTS, TWO, Complex, is_complex, pair
from generator.layers.dtypes import spelled
from generator.layers.factors import axis, refuse_conversions, total_over
from generator.layers.numbers import PI, WITH_PI
from generator.layers.registry import Call, Refused
from generator.layers.tensors import gradient_of, upstream

TURN = Sym("turn", r"2\pi", "a full turn", integer=False)
Kind = Literal["whole", "to half", "from half"]


@dataclass(frozen=True)
class Along:
    """One axis of the transform."""

    place: int
    """Which axis of the tensors it is."""
    t: Var
    """The index in the input; it prints as k on the way back, from frequencies to positions."""
    k: Var
    """The index in the output."""
    size: Sym
    """N, the length of the transform."""
    given: Sym
    """The input's length, where it is not what the transform takes."""
    length: int
    count: int
    """The numbers of the input's and of the transform's."""
    half_in: bool
    half_out: bool

    @property
    def half(self) -> Expr:
        """How many numbers half a spectrum has: ⌊N/2⌋ + 1."""
        return self.size // 2 + 1

    @property
    def taken(self) -> int:
        """How many numbers of the input the transform takes; if there are fewer, zeros follow."""
        return self.count // 2 + 1 if self.half_in else self.count

    @property
    def wanted(self) -> Expr:
        """The same as a formula."""
        return self.half if self.half_in else self.size

    @property
    def input(self) -> Expr:
        """The input's length."""
        return self.wanted if self.length == self.taken else self.given

    @property
    def output(self) -> Expr:
        """The output's length."""
        return self.half if self.half_out else self.size

    @property
    def span(self) -> Range:
        """The input's indices that count."""
        whole = self.length == self.taken
        return self.t.over(self.wanted if whole else smaller(self.given, self.wanted))

    @property
    def turn(self) -> Expr:
        """Which share of a full turn: k t / N."""
        return Div((self.k * self.t) % self.size, self.size)

    @property
    def weight(self) -> Expr:
        """How often a number of half a spectrum counts: twice but where it mirrors itself."""
        inside = every(Compare("<", Num(0), self.t), Compare("<", 2 * self.t, self.size))
        return 1 + bracket(inside)


class Fourier:
    """The declarations and the sums of a transform."""

    def __init__(self, call: Call, kind: Kind, *, forward: bool, inverse: bool) -> None:
        """`forward` is the direction of the angles, `inverse` that of the norm."""
        if call.tensors["input"].integer:
            raise Refused(f"{spelled(call)} of whole numbers is not explained")
        refuse_conversions(call)
        self.call = call
        self.kind = kind
        self.sign = -1 if forward else 1
        self.inverse = inverse
        places, counts = _places(call, kind)
        self.along = tuple(
            _along(call, kind, place, count, (position, len(places)), inverse=inverse)
            for position, (place, count) in enumerate(zip(places, counts, strict=True))
        )
        rank = len(call.shape())
        free = [a for a in range(rank) if a not in places]
        self.others = {a: _other(k, len(free)) for k, a in enumerate(free)}

    def _each(self, chosen: Callable[[Along], Expr]) -> tuple[Expr, ...]:
        """What is chosen for each transformed axis, among the indices of the others."""
        mine = {a.place: a for a in self.along}
        rank = len(self.call.shape())
        return tuple(chosen(mine[p]) if p in mine else self.others[p].at for p in range(rank))

    def _sizes(self, chosen: Callable[[Along], Expr]) -> tuple[Expr, ...]:
        mine = {a.place: a for a in self.along}
        rank = len(self.call.shape())
        return tuple(chosen(mine[p]) if p in mine else self.others[p].length for p in range(rank))

    @property
    def x(self) -> Tensor:
        """The input."""
        sizes = (*self._sizes(lambda a: a.input), *((TWO,) if self._pairs_in else ()))
        return Tensor("input", "x", sizes, "input", label="Input")

    @property
    def y(self) -> Tensor:
        """The output."""
        sizes = (*self._sizes(lambda a: a.output), *((TWO,) if self._pairs_out else ()))
        return Tensor("output", "y", sizes, "output", "result", label="Output")

    @property
    def _pairs_in(self) -> bool:
        return is_complex(self.call, "input")

    @property
    def _pairs_out(self) -> bool:
        return is_complex(self.call)

    def _factor(self, sign: int, *, apart: bool) -> Complex:
        """e^(sign · iθ); `apart` as the product of two factors."""
        theta = TURN * add(*(a.turn for a in self.along))
        if not apart:
            return _unit(theta, sign)
        return _unit(theta + PI / 4, sign) * _unit(PI / 4, -sign)

    def _scaled(self, body: Expr) -> Expr:
        """The body with the factor of the norm."""
        count = mul(*(a.size for a in self.along))
        norm = self.call.options["norm"]
        if norm == "ortho":
            return body / apply("sqrt", count)
        if norm not in {None, "backward", "forward"}:
            raise Refused(f"{spelled(self.call)}(norm={norm!r}) is not explained")
        divided = self.inverse if norm != "forward" else not self.inverse
        return body / count if divided else body

    def _summed(self, ranges: Sequence[Range], value: Complex) -> Complex:
        return value.each(lambda part: self._scaled(total_over(ranges, part)))

    def forward(self) -> Equation:
        """y[k] = s Σ_t x[t] e^(∓iθ)."""
        where = self._each(lambda a: a.t)
        value = pair(self.x, where) if self._pairs_in else Complex(self.x[where])

        def found(*, apart: bool) -> Complex:
            terms = value * self._factor(self.sign, apart=apart)
            if self.kind == "from half":
                terms = Complex(terms.re).each(lambda part: self.along[-1].weight * part)
            return self._summed([a.span for a in self.along], terms)

        return self._equation(self.y, lambda a: a.k, found, (self.x,), parts=self._pairs_out)

    def gradient(self) -> Equation:
        """∂L/∂x[t] = s Σ_k g[k] e^(±iθ)."""
        above = upstream(self.y)
        where = self._each(lambda a: a.k)
        g = pair(above, where) if self._pairs_out else Complex(above[where])
        held: list[Cond] = [Compare("<", a.t, a.wanted) for a in self.along if a.length > a.taken]
        before: list[Expr] = [self.along[-1].weight] if self.kind == "from half" else []
        if held:
            before.append(bracket(held[0] if len(held) == 1 else every(*held)))

        def found(*, apart: bool) -> Complex:
            terms = g * self._factor(-self.sign, apart=apart)
            total = self._summed([a.k.over(a.output) for a in self.along], terms)
            return total.each(lambda part: mul(*before, part)) if before else total

        result = gradient_of(self.x)
        return self._equation(result, lambda a: a.t, found, (above,), parts=self._pairs_in)

    def _equation(
        self,
        result: Tensor,
        index: Callable[[Along], Var],
        found: Callable[..., Complex],
        tensors: tuple[Tensor, ...],
        *,
        parts: bool,
    ) -> Equation:
        own = tuple(v for v in self._each(index) if isinstance(v, Var))
        indices = (*own, *((PART,) if parts else ()))
        body, arithmetic = (
            value.at() if parts else value.re for value in (found(apart=False), found(apart=True))
        )
        assert body is not None
        return Equation(result, indices, body, tensors, arithmetic=arithmetic)

    @property
    def settings(self) -> dict[str, Setting]:
        """The lengths."""
        shape = self.call.shape()
        found: dict[str, Setting] = {o.length.name: shape[p] for p, o in self.others.items()}
        found |= {TURN.name: 2 * math.pi, **WITH_PI}
        for a in self.along:
            found |= {a.size.name: a.count, a.given.name: a.length}
        return found

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes."""
        mine = {a.place: a for a in self.along}
        rank = len(self.call.shape())
        single = len(self.along) == 1
        sides = {"input": self._pairs_in, "output": self._pairs_out}
        what = dict(zip(sides, ("position", "frequency"), strict=True))
        if self.inverse:
            what = dict(zip(sides, ("frequency", "position"), strict=True))
        return {
            side: (
                *(
                    (what[side] if single else f"{what[side]} {p}") if p in mine else o.name
                    for p in range(rank)
                    for o in (self.others.get(p, axis("", "x")),)
                ),
                *((PARTS,) if parts else ()),
            )
            for side, parts in sides.items()
        }

    @property
    def counts(self) -> dict[str, str]:
        """What the index of the parts counts."""
        return {PART.name: COUNTS}


def _unit(angle: Expr, sign: int) -> Complex:
    """e^(sign · i · angle)."""
    sine = apply("sin", angle)
    return Complex(apply("cos", angle), sine if sign > 0 else -sine)


def _along(
    call: Call, kind: Kind, place: int, count: int, among: tuple[int, int], *, inverse: bool
) -> Along:
    position, of = among
    read, made = ("k", "t") if inverse else ("t", "k")
    mark = "" if of == 1 else f"_{position + 1}"
    last = position == of - 1
    where = "" if of == 1 else f" along axis {place}"
    return Along(
        place,
        Var(f"{read}{mark}"),
        Var(f"{made}{mark}"),
        Sym(f"N{mark}", f"N{mark}", f"length of the transform{where}"),
        Sym(f"L{mark}", f"L{mark}", f"length of the input{where}"),
        call.shape()[place],
        count,
        half_in=kind == "from half" and last,
        half_out=kind == "to half" and last,
    )


def _other(position: int, of: int) -> Axis:
    if of == 1:
        return axis("batch", "b", meaning="batch size")
    return axis(f"axis {position}", f"b_{position + 1}", f"B_{position + 1}")


def _places(call: Call, kind: Kind) -> tuple[list[int], list[int]]:
    """The axes that are transformed, and the lengths of the transform along them."""
    shape, output = call.shape(), call.output.shape
    rank = len(shape)
    sizes = call.options.get("s", call.options.get("n"))
    given = call.options["dim"]
    if isinstance(given, int):
        places = [given % rank]
    elif isinstance(given, list | tuple) and all(isinstance(d, int) for d in given):
        places = [d % rank for d in given if isinstance(d, int)]
    elif given is None:
        count = len(sizes) if isinstance(sizes, list | tuple) else rank
        places = list(range(rank - count, rank))
    else:
        raise Refused(f"{spelled(call)}(dim={given!r}) is not explained")
    if not places:
        raise Refused(f"{spelled(call)} over no axis is not explained")
    counts = [output[p] for p in places]
    if kind == "to half":
        # the output's length does not tell whether N is even
        wished = sizes[-1] if isinstance(sizes, list | tuple) else sizes
        last = shape[places[-1]] if wished in {None, -1} else wished
        assert isinstance(last, int)
        counts[-1] = last
    return places, counts

"""y = Σ a b …: products of elements, summed over the axes that the output does not have.

Matrix products of all kinds, einsum, inner and outer products differ only in which axes of which
operand run together. An operand's gradient is the same product with the upstream gradient in the
operand's place, summed over the axes that the operand does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import prod

from generator.formula.build import bracket, equal
from generator.formula.configure import Setting
from generator.formula.tree import Cond, Equation, Expr, Num, Range, Tensor, Var
from generator.formula.tree import mul as times
from generator.layers.axes import Axis, at, lengths, names
from generator.layers.complexes import (
    COUNTS,
    PART,
    PARTS,
    TWO,
    Complex,
    is_complex,
    pair,
    separately,
)
from generator.layers.dtypes import spelled
from generator.layers.factors import INNER, Factor, distinct, refuse_conversions, total_over
from generator.layers.registry import Call, Note, Refused
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped


@dataclass(frozen=True)
class _Place:
    """How one axis of an operand is read, and its index among the operand's own elements."""

    size: Expr
    read: Expr
    own: Var
    spread: bool = False
    """Of length 1, and repeated along a longer axis."""
    diagonal: Cond | None = None
    """That the index equals an earlier one of the operand, of which the diagonal alone is read."""


@dataclass(frozen=True)
class _Sum:
    """A sum of products, and the same in the library's order where that rounds more."""

    body: Expr
    arithmetic: Expr | None = None

    def equation(
        self,
        result: Tensor,
        indices: tuple[Var, ...],
        within: Callable[[Expr], Expr],
        tensors: tuple[Tensor, ...],
    ) -> Equation:
        """result = the sum `within` an expression."""
        arithmetic = None if self.arithmetic is None else within(self.arithmetic)
        return Equation(result, indices, within(self.body), tensors, arithmetic=arithmetic)


@dataclass(frozen=True)
class Added:
    """An operand beside the products: what it adds, and its gradient."""

    tensor: Tensor
    term: Expr
    gradient: Equation


@dataclass(frozen=True)
class Contraction:
    """The declarations of y = scale · Σ a b … in one call."""

    call: Call
    factors: tuple[Factor, ...]
    output: tuple[Axis, ...]
    scale: Expr | None = None
    conjugated: frozenset[str] = frozenset()
    """Operands of which the conjugates are multiplied."""
    part: Var = PART
    """The index of real and imaginary parts, where the numbers are complex."""
    constant: Complex | None = None
    """A number by which all products are multiplied."""
    lengths: Mapping[str, int] = field(init=False)
    """The length of each axis, by its symbol's name."""

    def __post_init__(self) -> None:
        refuse_conversions(self.call)
        found: dict[str, int] = {}
        for factor in self.factors:
            for own, length in zip(factor.axes, self.call.shape(factor.name), strict=True):
                if found.setdefault(own.length.name, length) == 1:
                    found[own.length.name] = length
        object.__setattr__(self, "lengths", found)
        shape = tuple(found[a.length.name] for a in self.output)
        if shape != self.call.output.shape:
            raise Refused(f"{spelled(self.call)}: an output of shape {shape} is not explained")

    @property
    def complex(self) -> bool:
        """Whether the numbers are complex."""
        return is_complex(self.call)

    @property
    def parts(self) -> tuple[Var, ...]:
        """The index of the parts, where there is one."""
        return (self.part,) if self.complex else ()

    def _shape(self, factor: Factor) -> tuple[int, ...]:
        """The operand's shape; of one that is absent, that which the general formula has."""
        if factor.name in self.call.tensors:
            return self.call.shape(factor.name)
        return tuple(self.lengths[a.length.name] for a in factor.axes)

    def has_parts(self, factor: Factor) -> bool:
        """Whether an operand's numbers are complex; a real one may stand beside them."""
        return self.complex and is_complex(self.call, factor.name, absent=True)

    def places(self, factor: Factor) -> tuple[_Place, ...]:
        """How each axis of an operand is read."""
        found: list[_Place] = []
        seen: list[Axis] = []
        for own, length in zip(factor.axes, self._shape(factor), strict=True):
            index = Var(own.at.name + "'" * seen.count(own))
            if length == 1 and self.lengths[own.length.name] != 1:
                found.append(_Place(Num(1), Num(0), Var(f"{index.name}'"), spread=True))
            elif own in seen:
                found.append(_Place(own.length, own.at, index, diagonal=equal(index, own.at)))
            else:
                found.append(_Place(own.length, own.at, index))
            seen.append(own)
        return tuple(found)

    def tensor(self, factor: Factor) -> Tensor:
        """The operand."""
        return Tensor(
            factor.name,
            factor.symbol,
            (*(p.size for p in self.places(factor)), *((TWO,) if self.has_parts(factor) else ())),
            factor.meaning,
            factor.role,
            integer=self.call.output.integer,
            label=factor.label,
        )

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All operands."""
        return tuple(self.tensor(f) for f in self.factors)

    @property
    def y(self) -> Tensor:
        """The output."""
        sizes = (*lengths(self.output), *((TWO,) if self.complex else ()))
        integer = self.call.output.integer
        return Tensor("output", "y", sizes, "output", "result", integer=integer, label="Output")

    def read(self, factor: Factor) -> Complex:
        """The operand at the axes' indices, the conjugate where that is multiplied."""
        where = tuple(p.read for p in self.places(factor))
        if not self.has_parts(factor):
            return Complex(self.tensor(factor)[where])
        found = pair(self.tensor(factor), where)
        return found.conj if factor.name in self.conjugated else found

    @property
    def _g(self) -> Complex:
        where, tensor = at(self.output), upstream(self.y)
        return pair(tensor, where) if self.complex else Complex(tensor[where])

    @property
    def every(self) -> tuple[Axis, ...]:
        """All axes: the output's, then the others in the order of the operands."""
        return tuple(dict.fromkeys((*self.output, *(a for f in self.factors for a in f.axes))))

    @property
    def summed(self) -> tuple[Axis, ...]:
        """The axes that the output does not have."""
        return tuple(a for a in self.every if a not in self.output)

    def _total(self, over: Sequence[Axis], values: Sequence[Complex], *, parts: bool) -> _Sum:
        """The product, summed over these axes, times the scale; with `parts` both, or the real."""
        ranges = tuple(a.span for a in over)

        def summed(ranges: Sequence[Range], body: Expr) -> Expr:
            found = total_over(ranges, body)
            return found if self.scale is None else self.scale * found

        product = reduce(Complex.__mul__, values)
        if not parts:
            assert product.re is not None
            return _Sum(summed(ranges, product.re))
        body = product.each(lambda part: summed(ranges, part)).at(self.part)
        if len(values) != 2 or not ranges or any(v.im is None for v in values):
            return _Sum(body)
        # a library adds the two products of each part to the sum one after the other
        which = Var(f"{self.part.name}'")
        first, second = values
        apart = separately(first, second, which)
        arithmetic = apart.each(lambda part: summed((*ranges, which.over(2)), part))
        return _Sum(body, arithmetic.at(self.part))

    @property
    def at(self) -> tuple[Var, ...]:
        """The output's indices."""
        return (*at(self.output), *self.parts)

    @property
    def forward(self) -> Equation:
        """y = scale · Σ a b …, and nothing else."""
        return self.equation(lambda total: total, self.tensors)

    def equation(self, added: Callable[[Expr], Expr], tensors: tuple[Tensor, ...]) -> Equation:
        """y = scale · Σ a b … with what is `added` to it, which reads these tensors."""
        values = [self.read(f) for f in self.factors]
        if self.constant is not None:
            values.append(self.constant)
        found = self._total(self.summed, values, parts=self.complex)
        held = lambda body: wrapped(self.call, added(body)).body
        return found.equation(self.y, self.at, held, tensors)

    def added(self, factor: Factor, scale: Expr | None = None) -> Added:
        """An operand that is added to the products, repeated along the axes that it lacks."""
        tensor, places = self.tensor(factor), self.places(factor)
        parts = self.parts if self.has_parts(factor) else ()
        read = tensor[(*(p.read for p in places), *parts)]
        own = {a for a, p in zip(factor.axes, places, strict=True) if not p.spread}
        ranges = tuple(a.span for a in self.output if a not in own)
        back = total_over(ranges, upstream(self.y)[self.at])
        gradient = Equation(
            gradient_of(tensor),
            (*(p.own for p in places), *self.parts),
            back if scale is None else scale * back,
            (upstream(self.y),),
        )
        return Added(tensor, read if scale is None else scale * read, gradient)

    def gradients(self) -> dict[str, Equation]:
        """For each floating operand: the product of the others with the upstream gradient."""
        if self.call.output.integer:
            return {}
        return {f.name: self._gradient(f) for f in self.factors}

    def _gradient(self, factor: Factor) -> Equation:
        places = self.places(factor)
        others = [f for f in self.factors if f is not factor]
        own = {a for a, p in zip(factor.axes, places, strict=True) if not p.spread}
        values = [self._g, *(self.read(f).conj for f in others)]
        if self.constant is not None:
            values.append(self.constant.conj)
        if factor.name in self.conjugated:
            # y depends on the conjugate: the gradient is the conjugate of what it would be
            values = [v.conj for v in values]
        parts = self.has_parts(factor)
        found = self._total([a for a in self.every if a not in own], values, parts=parts)
        diagonal = [bracket(p.diagonal) for p in places if p.diagonal is not None]
        return found.equation(
            gradient_of(self.tensor(factor)),
            (*(p.own for p in places), *(self.parts if parts else ())),
            lambda body: times(*diagonal, body) if diagonal else body,
            (upstream(self.y), *(self.tensor(f) for f in others)),
        )

    @property
    def settings(self) -> dict[str, Setting]:
        """The lengths of all axes, and how whole numbers wrap around."""
        return {**self.lengths, **wrapped(self.call, Num(0)).settings}

    @property
    def named(self) -> dict[str, tuple[str, ...]]:
        """Names of the axes of each operand and of the output."""
        found = {
            f.name: (*distinct(names(f.axes)), *((PARTS,) if self.has_parts(f) else ()))
            for f in self.factors
        }
        return {**found, "output": (*names(self.output), *((PARTS,) if self.complex else ()))}

    @property
    def counts(self) -> dict[str, str]:
        """What indices count that no axis' name tells."""
        inner = {INNER.at.name: "product in the sum"} if INNER in self.every else {}
        return {**inner, self.part.name: COUNTS} if self.complex else inner

    @property
    def multiply_adds(self) -> int:
        """One for each term of a sum of products of tensors."""
        if len(self.factors) < 2 or not self.summed:
            return 0
        return prod(self.lengths.values()) * (4 if self.complex else 1)

    def terms(self) -> int:
        """How many products make one element of the output."""
        return prod(self.lengths[a.length.name] for a in self.summed)

    def notes(self) -> tuple[Note, ...]:
        """Where an operand is repeated, and where results wrap around."""
        wrapping = wrapped(self.call, Num(0)).notes
        spread = [f for f in self.factors if any(p.spread for p in self.places(f))]
        if not spread:
            return wrapping
        shapes = " and ".join(str(list(self.call.shape(f.name))) for f in spread)
        return (
            Note(
                "An operand is repeated",
                f"Of the operand of shape {shapes} the same elements are used at every position "
                "along its axes of length 1 (broadcasting); its gradient is the sum over these "
                "uses.",
            ),
            *wrapping,
        )

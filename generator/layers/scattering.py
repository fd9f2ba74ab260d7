"""Writing where the whole numbers of a tensor point along one axis of another."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from generator.formula.build import argmax, bracket, cases, equal, every, total
from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Num, Read, Stage, Sym, Tensor, Var
from generator.layers.along import PLACE, Along
from generator.layers.axes import Axis, at, lengths, settings
from generator.layers.dtypes import spelled
from generator.layers.registry import Refused
from generator.layers.tensors import gradient_of, upstream

_FIRST = Var("o")


@dataclass(frozen=True)
class Scattering(Along):
    """The declarations of a call that changes the input where the other tensor points."""

    def source_axes(self, name: str) -> tuple[Axis, ...]:
        """The axes of a tensor that is written where the pointing tensor points to.

        Refused where it is of another type, or has fewer elements than there are indices.
        """
        argument, wanted = self.call.tensors[name], self.lengths_beside()
        shape = argument.shape or (1,)
        fits = len(shape) == len(wanted) and all(n >= m for n, m in zip(shape, wanted, strict=True))
        if argument.dtype != self.call.output.dtype or not fits or (self.line and shape != wanted):
            message = f"{spelled(self.call)}: {name} is {argument.dtype} of shape"
            raise Refused(f"{message} {list(argument.shape)}; this is not explained")
        axes = zip(self.inner, shape, wanted, strict=True)
        return tuple(a if n == m else _longer(a) for a, n, m in axes)

    def source(self, name: str) -> Tensor:
        """A tensor that is written where the pointing tensor points to."""
        axes = self.source_axes(name)
        argument = self.call.tensors[name]
        sizes = lengths(axes) if argument.shape else ()
        integer = argument.integer
        return Tensor(name, "s", sizes, "what is written", integer=integer, label="Source")

    @property
    def last(self) -> Stage:
        """The last place that points to each element of the input, 0 where there is none."""
        meaning = "last place in the indices that points here, 0 without any"
        tensor = Tensor("last", r"\ell", lengths(self.target), meaning, "stage", integer=True)
        body: Expr = Num(0)
        if self.shape and not self.empty:
            body = argmax(PLACE.span, (PLACE.at + 1) * bracket(self.hit))
        return Stage(tensor, at(self.target), body)

    @property
    def latest(self) -> Read:
        """The last place that points to this element of the input."""
        return self.last.tensor[at(self.target)]

    def written(self, source: Tensor) -> Expr:
        """The source where the input is pointed to, and the input elsewhere."""
        own = self.own(self.x)
        if self.empty:
            return own
        return cases((self.hit_from(self.latest), self.beside(source, self.latest)), otherwise=own)

    def added(self, term: Expr) -> Expr:
        """The input with a term from each place that points to it."""
        own = self.own(self.x)
        return own if self.empty else own + self.over(term)

    def added_in_order(self, term: Expr) -> Expr | None:
        """The same sum as torch adds it up, onto the input; None where that is no other."""
        if self.empty or not self.shape or self.call.output.integer:
            return None
        first = every(equal(_FIRST, 0), equal(PLACE.at, 0))
        terms = cases(
            (first, self.own(self.x)), (equal(_FIRST, 0), 0), (self.hit, term), otherwise=0
        )
        return total((_FIRST.over(2), PLACE.span), terms)

    @property
    def terms(self) -> int:
        """How many values are added in all."""
        return prod(self.lengths_beside())

    def overwritten(self, value: Expr) -> Expr:
        """A value where the input is pointed to, and the input elsewhere."""
        return cases((self.counted > 0, value), otherwise=self.own(self.x))

    def kept(self) -> Equation:
        """∂L/∂x where some elements of the input are written over."""
        g = upstream(self.changed)
        body = cases((self.counted > 0, 0), otherwise=self.own(g))
        result = gradient_of(self.x)
        return Equation(result, self.indices(self.x), body, (g, self.p), (self.count,))

    def passed(self) -> Equation:
        """∂L/∂x where something is added to the input."""
        g = upstream(self.changed)
        return Equation(gradient_of(self.x), self.indices(self.x), self.own(g), (g,))

    def sent(
        self,
        name: str,
        value: Expr,
        *tensors: Tensor,
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
    ) -> dict[str, Equation]:
        """∂L/∂source, a value at each place; torch has none of a source larger than the indices."""
        source, axes = self.source(name), self.source_axes(name)
        if axes != self.inner:
            return {}
        operands = (upstream(self.changed), self.p, *tensors)
        indices = at(axes) if source.sizes else ()
        body = value if 0 not in self.call.shape() else Num(0)
        if self.p.sizes and not source.sizes:
            body = total(PLACE.span, body)
        return {name: Equation(gradient_of(source), indices, body, operands, stages, arithmetic)}

    def settings_of(self, name: str) -> dict[str, Setting]:
        """The numbers of the lengths of the source's axes."""
        return dict(settings(self.source_axes(name), self.call.shape(name) or (1,)))


def _longer(axis: Axis) -> Axis:
    """The axis as the source has it, with a length of its own: H''."""
    length = axis.length
    meaning = f"length of {axis.name} in the source"
    return Axis(axis.name, axis.at, Sym(f"{length.name}*", f"{length.latex}^*", meaning))

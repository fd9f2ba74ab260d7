"""y = x, but v at x[…]: what is written, where it stands in x, and what flows back to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generator.formula.build import apply, argmax, bracket, cases, equal, every, total
from generator.formula.configure import Setting
from generator.formula.tree import Cond, Equation, Expr, Num, Range, Stage, Sym, Tensor, Var
from generator.layers.addresses import Addresses, both
from generator.layers.axes import Axis, at, lengths
from generator.layers.dims import indices_at, input_of, output_of, position, primed
from generator.layers.dtypes import rounds, spelled, whole
from generator.layers.registry import Call, Refused
from generator.layers.tensors import gradient_of, upstream
from generator.layers.whole_numbers import wrapped
from generator.layers.written import number_of

_V = Sym("v", "v", "what is written", integer=False)
_FIRST = Var("o")


@dataclass(frozen=True)
class Overwriting:
    """The declarations of a call that writes or adds a number or a tensor at some addresses."""

    call: Call
    found: Addresses
    option: str
    """What the call names the value."""
    adds: bool
    """Whether it is added to what stands there."""
    sizes: tuple[Expr, ...] = field(init=False)
    """Lengths of the value's axes."""
    pairs: tuple[tuple[Axis, bool], ...] = field(init=False)
    """Each axis of x[…], and whether the value is repeated along it."""
    settings: Mapping[str, Setting] = field(init=False)

    def __post_init__(self) -> None:
        out, shape = self.found.out, self._shape()
        settings = dict(self.found.settings)
        extra = len(shape) - len(out)
        if any(n != 1 for n in shape[: max(extra, 0)]):
            raise Refused(f"{spelled(self.call)}: a value of shape {list(shape)} is not explained")
        own = (*(1,) * -extra, *shape[max(extra, 0) :])
        pairs = []
        for k, (axis, n) in enumerate(zip(out, own, strict=True)):
            known = settings.setdefault(axis.length.name, n)
            # how often a mask holds is not known: a value of length 1 counts as repeated
            unknown = n == 1 and axis in self.found.places and self.found.mask is not None
            if n not in {1, known}:
                message = f"{spelled(self.call)}: a value of shape {list(shape)}"
                raise Refused(f"{message} is not explained")
            pairs.append((axis, n != known or unknown or k < -extra))
        kept = pairs[max(-extra, 0) :] if extra < 0 else pairs
        lead = [Num(1)] * max(extra, 0)
        sizes = (*lead, *(Num(1) if repeated else a.length for a, repeated in kept))
        object.__setattr__(self, "pairs", tuple(pairs))
        object.__setattr__(self, "sizes", sizes)
        if self.option not in self.call.tensors:
            settings["v"] = number_of(self.call, self.option)
        if self.adds:
            settings.update(wrapped(self.call, Num(0)).settings)
        object.__setattr__(self, "settings", settings)
        self._refuse_types()

    @property
    def x(self) -> Tensor:
        """The input, as it was before."""
        return input_of(self.found.axes, integer=self.call.output.integer)

    @property
    def y(self) -> Tensor:
        """The output, the input as it is afterwards."""
        return output_of(self.found.axes, integer=self.call.output.integer)

    @property
    def v(self) -> Tensor | None:
        """The value; None for a number."""
        if self.option not in self.call.tensors:
            return None
        integer = self.call.tensors[self.option].integer
        meaning = "what is added" if self.adds else "what is written"
        return Tensor(self.option, "v", self.sizes, meaning, integer=integer, label="Value")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the value's axes."""
        missing = len(self.sizes) - len(self.pairs)
        known = [a.name for a, _ in self.pairs]
        return ("new axis",) * missing + tuple(known[max(-missing, 0) :])

    def value(self, indices: Sequence[Expr]) -> Expr:
        """The value at these indices of x[…]."""
        v = self.v
        if v is None:
            return _V
        missing = len(self.sizes) - len(indices)
        own = zip(indices, (repeated for _, repeated in self.pairs), strict=True)
        read = [Num(0) if repeated else i for i, repeated in own]
        return v[(*(Num(0),) * missing, *read[max(-missing, 0) :])]

    @property
    def empty(self) -> bool:
        """Whether x[…] is known to have no elements."""
        return any(self.settings[a.length.name] == 0 for a in self.found.out)

    @property
    def same(self) -> bool:
        """Whether the index tensors' places all get the same value."""
        places = set(self.found.places)
        return all(repeated for axis, repeated in self.pairs if axis in places)

    @property
    def _last(self) -> Stage:
        """The last place of the index tensors that means each element of x."""
        target, hit = self.found.target, self.found.hit
        assert hit is not None
        meaning = "last place of the indices, counted row by row, that means this one; 0 without"
        tensor = Tensor("last", r"\ell", lengths(target), meaning, "stage", integer=True)
        body = (position(self.found.places) + 1) * bracket(hit)
        return Stage(tensor, at(target), argmax(self.found.spans, body))

    @property
    def _count(self) -> Stage:
        """How many places of the index tensors mean each element of x."""
        target, hit = self.found.target, self.found.hit
        assert hit is not None
        tensor = Tensor("count", "m", lengths(target), "how many indices mean this one", "stage")
        return Stage(tensor, at(target), total(self.found.spans, Num(1), hit))

    @property
    def _places(self) -> tuple[Expr, ...]:
        """The last place that means this element."""
        last = self._last.tensor[at(self.found.target)]
        return indices_at(self.found.places, last)

    def _met(self, *, last: bool) -> tuple[Cond | None, tuple[Stage, ...]]:
        """Where an element of x is written to; with `last`, as the value is read there."""
        conditions = list(self.found.covered)
        if self.found.mask:
            conditions.append(equal(self.found.mask[0], 1))
        elif self.found.target and last:
            hit = self.found.hit_from(self._places)
            assert hit is not None
            return both([*conditions, hit]), (self._last,)
        elif self.found.target:
            count = self._count
            conditions.append(count.tensor[at(self.found.target)] > 0)
            return both(conditions), (count,)
        return both(conditions), ()

    def forward(self) -> Equation:
        """y = v where it is written, and x elsewhere; or y = x + v there."""
        x = self.x[at(self.found.axes)]
        if self.empty:
            return self._equation(self.y, x, (self.x,))
        if self.adds:
            return self._added()
        last = bool(self.found.places) and not self.same
        condition, stages = self._met(last=last)
        body = self.value(self.found.back(self._sources(last=last)))
        if condition is not None:
            body = cases((condition, body), otherwise=x)
        return self._equation(self.y, body, (self.x, *self._tensors), stages)

    def _sources(self, *, last: bool) -> tuple[Expr, ...]:
        """The place at which the value is read."""
        if self.found.mask:
            return (self.found.mask[1],)
        # where all places get the same value, any will do
        return self._places if last else (Num(0),) * len(self.found.places)

    @property
    def _tensors(self) -> tuple[Tensor, ...]:
        pointing = self.found.mask[2] if self.found.mask else self.found.tensors
        return (*pointing, self.v) if self.v is not None else pointing

    def _added(self) -> Equation:
        x, condition = self.x[at(self.found.axes)], both(self.found.covered)
        if self.found.mask:
            condition, _ = self._met(last=False)
            part = self.value(self.found.back((self.found.mask[1],)))
        else:
            part = self.value(self.found.back(at(self.found.places)))
        hit = None if self.found.mask else self.found.hit
        if hit is None or not self.found.places:
            condition = both([c for c in (condition, hit) if c is not None])
            body = x + part if condition is None else cases((condition, x + part), otherwise=x)
            return self._equation(self.y, body, (self.x, *self._tensors))
        spans = self.found.spans
        start = every(*(equal(a.at, 0) for a in self.found.places), equal(_FIRST, 0))
        terms = cases((start, x), (equal(_FIRST, 0), 0), (hit, part), otherwise=0)
        arithmetic: Expr = total((_FIRST.over(2), *spans), terms)
        body = x + total(spans, part, hit)
        if condition is not None:
            body = cases((condition, body), otherwise=x)
            arithmetic = cases((condition, arithmetic), otherwise=x)
        return self._equation(self.y, body, (self.x, *self._tensors), (), arithmetic)

    def _equation(
        self,
        result: Tensor,
        body: Expr,
        tensors: tuple[Tensor, ...],
        stages: tuple[Stage, ...] = (),
        arithmetic: Expr | None = None,
    ) -> Equation:
        if self.adds and result.name == "output":
            body = wrapped(self.call, body).body
            arithmetic = None if self.call.output.integer else arithmetic
        return Equation(result, at(self.found.axes), body, tensors, stages, arithmetic)

    def gradients(self) -> dict[str, Equation]:
        """∂L/∂x, and ∂L/∂v of a value that is a tensor."""
        if self.call.output.integer:
            return {}
        found = {"input": self._of_input()}
        if self.v is not None and not self.v.integer:
            found[self.option] = self._of_value(self.v)
        return found

    def _of_input(self) -> Equation:
        g = upstream(self.y)
        passed = g[at(self.found.axes)]
        result = gradient_of(self.x)
        if self.adds or self.empty:
            return self._equation(result, passed, (g,))
        condition, stages = self._met(last=False)
        body: Expr = Num(0)
        if condition is not None:
            body = cases((condition, 0), otherwise=passed)
        pointing = self.found.mask[2] if self.found.mask else self.found.tensors
        return self._equation(result, body, (g, *pointing), stages)

    def _of_value(self, v: Tensor) -> Equation:
        """What all elements of x to which an element of the value was written send back."""
        g, found = upstream(self.y), self.found
        spans: list[Range] = []
        where: Cond | None = None
        indices: list[Var] = []
        reads = list(found.reads)
        for axis, repeated in self.pairs:
            if repeated and found.mask and axis in found.places:
                # how often the mask holds is not known: all elements of x are asked
                reads = [p.axis.at if p.pick else p.value for p in found.parts]
                spans += [a.span for a in found.target]
                where = equal(found.mask[0], 1)
            elif repeated:
                spans.append(axis.span)
            indices.append(primed(axis) if repeated else axis.at)
        body: Expr = g[tuple(reads)]
        if spans:
            body = total(spans, body, where)
        elif where is not None:
            body = cases((where, body), otherwise=0)
        missing = len(self.sizes) - len(indices)
        lead = tuple(Var(f"o_{k}") for k in range(1, missing + 1))
        own = (*lead, *indices[max(-missing, 0) :])
        narrow = apply_to(v, self.call, body) if rounds_back(v, self.call) else None
        pointing = found.mask[2] if found.mask else ()
        tensors = (g, v, *found.tensors, *pointing)
        return Equation(gradient_of(v), own, body, tensors, arithmetic=narrow)

    def _shape(self) -> tuple[int, ...]:
        return self.call.shape(self.option) if self.option in self.call.tensors else ()

    def _refuse_types(self) -> None:
        """Refused for a value that is rounded to another type on the way."""
        if self.option not in self.call.tensors:
            return
        before, after = self.call.tensors[self.option].dtype, self.call.output.dtype
        exact = before in {after, "bool"} or (not whole(after) and not rounds(before, after))
        if not exact:
            message = f"{spelled(self.call)}: the value is {before} and the input {after}"
            raise Refused(f"{message}; this conversion is not explained")


def rounds_back(value: Tensor, call: Call) -> bool:
    """Whether the value's gradient is rounded to a coarser type than the output's."""
    return rounds(call.output.dtype, call.tensors[value.name].dtype)


def apply_to(value: Tensor, call: Call, body: Expr) -> Expr:
    """The body rounded to the value's type."""
    return apply(call.tensors[value.name].dtype, body)

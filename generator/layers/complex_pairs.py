"""Sums, products and quotients of complex numbers, element by element.

(a + ib)(c + id) = ac - bd + i(ad + bc), and a quotient is the product with the divisor's conjugate,
divided by its squared magnitude. A real operand has no imaginary part, and its gradient is the real
part of what a complex one would have.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from generator.formula.configure import Setting
from generator.formula.tree import Equation, Expr, Stage, Sym, Tensor
from generator.layers.add import add
from generator.layers.axes import at, lengths
from generator.layers.complex_calls import alike, by_parts, of_complex
from generator.layers.complexes import PART, TWO, Complex, is_complex, pair
from generator.layers.contraction import Contraction
from generator.layers.dims import dims
from generator.layers.div import div, rdiv
from generator.layers.dtypes import spelled
from generator.layers.factors import Factor, factors, total_over
from generator.layers.mul import mul
from generator.layers.pairs import in_place
from generator.layers.registry import (
    Call,
    Example,
    Formula,
    Note,
    Refused,
    examples,
    lookup,
    types_of,
)
from generator.layers.sub import rsub, sub
from generator.layers.tensors import gradient_of, upstream

_GRADIENT = Note(
    "The gradient is a pair too",
    "For a real loss, autograd's gradient by a complex number holds the derivatives by its real "
    "and by its imaginary part.",
)


class _Pair:
    """The two operands of a call, tensors or numbers, real or complex."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.settings: dict[str, Setting] = {}
        axes = dims(len(call.output.shape))
        placed = [
            (name, axes[len(axes) - len(call.shape(name)) :])
            for name in ("input", "other")
            if name in call.tensors
        ]
        self.factors = {f.name: f for f in factors(*placed)}
        number = next((n for n in ("input", "other") if n not in call.tensors), None)
        constant = None if number is None else self.number(number, "s", "s")
        declared = Contraction(call, tuple(self.factors.values()), axes, constant=constant)
        self.declared = declared
        self.values = {name: declared.read(f) for name, f in self.factors.items()}
        if number is not None and constant is not None:
            self.values[number] = constant

    @property
    def g(self) -> Complex:
        """The upstream gradient."""
        return pair(upstream(self.declared.y), at(self.declared.output))

    def number(self, option: str, name: str, latex: str) -> Complex:
        """An option that is a number, as the formula's constant."""
        given = self.call.options[option]
        meaning = f"the number {option}"
        if isinstance(given, complex):
            self.settings |= {f"{name}_0": _plain(given.real), f"{name}_1": _plain(given.imag)}
            return Complex(
                Sym(f"{name}_0", f"{latex}_0", f"real part of {meaning}", integer=False),
                Sym(f"{name}_1", f"{latex}_1", f"imaginary part of {meaning}", integer=False),
            )
        if not isinstance(given, int | float):
            raise Refused(f"{spelled(self.call)}({option}={given!r}): only numbers are explained")
        self.settings[name] = given
        return Complex(Sym(name, latex, meaning, integer=False))

    def formula(
        self, summary: str, forward: Equation, gradients: dict[str, Equation], result: str
    ) -> Formula:
        """The explanation with these equations."""
        return Formula(
            summary=summary,
            forward=forward,
            gradients=gradients,
            settings={**self.declared.settings, **self.settings},
            axes=self.declared.named,
            notes=(_GRADIENT, *self.declared.notes(), *in_place(self.call)),
            indices=self.declared.counts,
            result=result,
        )

    def forward(self, value: Complex) -> Equation:
        """y = value."""
        return Equation(self.declared.y, self.declared.at, value.at(), self.declared.tensors)

    def gradient(self, name: str, value: Complex, stages: tuple[Stage, ...] = ()) -> Equation:
        """The value summed over the axes along which the operand is repeated."""
        factor: Factor = self.factors[name]
        places = self.declared.places(factor)
        own = {a for a, p in zip(factor.axes, places, strict=True) if not p.spread}
        ranges = [a.span for a in self.declared.output if a not in own]
        summed = value.each(lambda part: total_over(ranges, part))
        parts = is_complex(self.call, name)
        body = summed.at() if parts else summed.re
        assert body is not None
        return Equation(
            gradient_of(self.declared.tensor(factor)),
            (*(p.own for p in places), *((PART,) if parts else ())),
            body,
            (upstream(self.declared.y), *self.declared.tensors),
            stages,
        )


@of_complex(*types_of(mul))
def product(call: Call) -> Formula:
    """The product."""
    both = _Pair(call)
    summary = "Each element is the complex product of the two operands."
    forward, gradients = both.declared.forward, both.declared.gradients()
    return both.formula(summary, forward, gradients, "product")


@of_complex(*types_of(add))
def sum_(call: Call) -> Formula:
    """The sum, the second operand times alpha."""
    return _combined(call, "input", "other", "sum", lambda a, b: a + b)


@of_complex(*types_of(sub))
def difference(call: Call) -> Formula:
    """The first operand less the second one times alpha."""
    return _combined(call, "input", "other", "difference", lambda a, b: a - b)


@of_complex(*types_of(rsub))
def difference_from_the_right(call: Call) -> Formula:
    """The second operand less the first one times alpha."""
    return _combined(call, "other", "input", "difference", lambda a, b: a - b)


def _combined(
    call: Call,
    first: str,
    second: str,
    result: str,
    combine: Callable[[Complex, Complex], Complex],
) -> Formula:
    rule = lookup(call.type)
    real_alpha = not isinstance(call.options["alpha"], complex)
    if rule is not None and len(call.tensors) == 2 and alike(call) and real_alpha:
        return by_parts(call, rule.explain)
    both = _Pair(call)
    alpha = both.number("alpha", "alpha", r"\alpha")
    nothing = Complex(None)
    back = {first: both.g, second: combine(nothing, alpha.conj * both.g)}
    return both.formula(
        f"Each element is the complex {result} of the two operands.",
        both.forward(combine(both.values[first], alpha * both.values[second])),
        {name: both.gradient(name, back[name]) for name in both.factors},
        result,
    )


@of_complex(*types_of(div))
def quotient(call: Call) -> Formula:
    """The first operand by the second one."""
    if call.options["rounding_mode"] is not None:
        raise Refused(f"{spelled(call)}: whole quotients of complex numbers are not explained")
    return _quotient(call, "input", "other")


@of_complex(*types_of(rdiv))
def quotient_from_the_right(call: Call) -> Formula:
    """The second operand by the first one."""
    return _quotient(call, "other", "input")


def _quotient(call: Call, first: str, second: str) -> Formula:
    both = _Pair(call)
    x, z, g = both.values[first], both.values[second], both.g
    found = _divided(x, z)
    back = {first: _divided(g, z.conj)}
    stages: tuple[Stage, ...] = ()
    if z.im is None:
        back[second] = _divided(_divided(g * x.conj, z), z).each(lambda part: -part)
    else:
        sizes = (*lengths(both.declared.output), TWO)
        q = Tensor("quotient", "q", sizes, "the quotient", "stage")
        stages = (Stage(q, both.declared.at, found.at()),)
        times = g * pair(q, at(both.declared.output)).conj
        back[second] = _divided(times, z.conj).each(lambda part: -part)
    return both.formula(
        "Each element is the complex quotient of the two operands.",
        both.forward(found),
        {
            name: both.gradient(name, back[name], stages if name == second else ())
            for name in both.factors
        },
        "quotient",
    )


def _plain(value: float) -> int | float:
    """A whole number as such, which reads 2 and not 2.0."""
    return int(value) if value.is_integer() else value


def _divided(first: Complex, second: Complex) -> Complex:
    """first / second."""
    if second.im is None:
        assert second.re is not None
        divisor: Expr = second.re
        return first.each(lambda part: part / divisor)
    return (first * second.conj).each(lambda part: part / second.square)


def _of(function: Callable[..., object], *operands: object, **options: object) -> Example:
    """Operands are shapes, of complex numbers or, behind the word real, of real ones."""

    def run() -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        return function, tuple(_made(o) for o in operands), {**options}

    return Example(f"{function.__name__} {operands} {options}", run)


def _made(operand: object) -> object:
    if isinstance(operand, torch.Size):
        return torch.randn(operand)
    if isinstance(operand, tuple):
        return torch.randn(operand, dtype=torch.complex64)
    return operand


_REAL = torch.Size((2, 3))
examples(
    _of(torch.mul, (2, 3), (2, 3)),
    _of(torch.mul, (2, 1, 4), (3, 1)),
    _of(torch.mul, (2, 3), _REAL),
    _of(torch.mul, _REAL, (3,)),
    _of(torch.mul, (2, 1), _REAL),
    _of(torch.Tensor.mul, _REAL, (1, 3)),
    _of(torch.Tensor.mul, (2, 3), 2.5),
    _of(torch.Tensor.mul, (2, 3), 1j),
    _of(torch.Tensor.__mul__, _REAL, 2 - 3j),
    _of(torch.mul, (), ()),
    _of(torch.mul, (0, 3), (3,)),
    _of(torch.add, (2, 3), (3,)),
    _of(torch.add, (2, 3), (2, 3), alpha=0.5),
    _of(torch.add, (2, 3), (2, 3), alpha=1 - 2j),
    _of(torch.add, (2, 3), _REAL),
    _of(torch.add, _REAL, (3,), alpha=2),
    _of(torch.Tensor.add, (2, 3), 2),
    _of(torch.Tensor.add, _REAL, 2 - 1j),
    _of(torch.sub, (2, 3), (2, 3)),
    _of(torch.sub, _REAL, (2, 3)),
    _of(torch.Tensor.sub, (2, 3), 1j),
    _of(torch.rsub, (2, 3), _REAL, alpha=3),
    _of(torch.Tensor.__rsub__, (2, 3), 1j),
    _of(torch.div, (2, 3), (2, 3)),
    _of(torch.div, (4, 3), (3,)),
    _of(torch.div, _REAL, (2, 3)),
    _of(torch.div, (2, 3), _REAL),
    _of(torch.Tensor.div, (2, 3), 3),
    _of(torch.Tensor.div, (2, 3), 3 - 1j),
    _of(torch.Tensor.__rtruediv__, (2, 3), 2),
    _of(torch.Tensor.__rtruediv__, (2, 3), 1j),
)

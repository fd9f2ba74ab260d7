"""Complex numbers as pairs of real ones: a tensor of them has one more axis, (real, imaginary).

The gradient of a real loss is the pair of its derivatives by the two parts, which is what autograd
gives: for y = a z it is g times the conjugate of a.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generator.formula.build import cases, equal
from generator.formula.tree import Expr, Like, Neg, Num, Tensor, Var, add, expr
from generator.formula.tree import mul as times
from generator.layers.registry import Call

PART = Var("p")
"""The index of the last axis: 0 for the real part, 1 for the imaginary one."""
PARTS = "part"
"""The name of the last axis."""
COUNTS = "0 for the real part, 1 for the imaginary part"
"""What its index counts."""
TWO = Num(2)
_COMPONENTS = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}


@dataclass(frozen=True)
class Complex:
    """re + i·im; a part of None is 0."""

    re: Expr | None
    im: Expr | None = None

    def __mul__(self, other: Complex) -> Complex:
        return Complex(
            _difference(_product(self.re, other.re), _product(self.im, other.im)),
            _sum(_product(self.re, other.im), _product(self.im, other.re)),
        )

    def __add__(self, other: Complex) -> Complex:
        return Complex(_sum(self.re, other.re), _sum(self.im, other.im))

    def __sub__(self, other: Complex) -> Complex:
        return Complex(_difference(self.re, other.re), _difference(self.im, other.im))

    @property
    def conj(self) -> Complex:
        """re - i·im."""
        return Complex(self.re, None if self.im is None else _negative(self.im))

    @property
    def square(self) -> Expr:
        """re² + im², the squared magnitude."""
        parts = (p.operand if isinstance(p, Neg) else p for p in (self.re, self.im))
        return add(*(p**2 for p in parts if p is not None))

    def each(self, function: Callable[[Expr], Expr]) -> Complex:
        """A linear function of numbers, a sum over indices say, applied to both parts."""
        return Complex(*(None if p is None else function(p) for p in (self.re, self.im)))

    def at(self, index: Expr = PART) -> Expr:
        """The real part where the index is 0, otherwise the imaginary part."""
        re, im = (Num(0) if p is None else p for p in (self.re, self.im))
        return re if re == im else cases((equal(index, 0), re), otherwise=im)


def pair(tensor: Tensor, indices: Sequence[Like]) -> Complex:
    """The complex number that stands at the indices of a tensor with an axis of parts behind."""
    at = tuple(expr(i) for i in indices)
    return Complex(tensor[*at, 0], tensor[*at, 1])


def separately(first: Complex, second: Complex, which: Var) -> Complex:
    """The product of two numbers, of whose two products in each part `which` takes one."""
    return Complex(
        _either(which, _product(first.re, second.re), _product(first.im, second.im), minus=True),
        _either(which, _product(first.re, second.im), _product(first.im, second.re)),
    )


def is_complex(call: Call, name: str | None = None, *, absent: bool = False) -> bool:
    """Whether a tensor argument, or the output, has complex numbers; `absent` for no argument."""
    if name is not None and name not in call.tensors:
        return absent
    argument = call.outputs[0] if name is None else call.tensors[name]
    return argument.dtype in _COMPONENTS


def component(dtype: str) -> str:
    """The type of a complex type's parts; any other type itself."""
    return _COMPONENTS.get(dtype, dtype)


def _either(which: Var, first: Expr | None, second: Expr | None, *, minus: bool = False) -> Expr:
    assert first is not None
    assert second is not None
    return cases((equal(which, 0), first), otherwise=_negative(second) if minus else second)


def _product(first: Expr | None, second: Expr | None) -> Expr | None:
    if first is None or second is None:
        return None
    sign = isinstance(first, Neg) != isinstance(second, Neg)
    bare = times(*(f.operand if isinstance(f, Neg) else f for f in (first, second)))
    return Neg(bare) if sign else bare


def _sum(first: Expr | None, second: Expr | None) -> Expr | None:
    if first is None or second is None:
        return first if second is None else second
    if isinstance(first, Neg) and not isinstance(second, Neg):
        return second + first
    return first + second


def _difference(first: Expr | None, second: Expr | None) -> Expr | None:
    return _sum(first, None if second is None else _negative(second))


def _negative(value: Expr) -> Expr:
    return value.operand if isinstance(value, Neg) else Neg(value)

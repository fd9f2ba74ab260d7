"""The formula language: expressions over indexed tensors, as pure and frozen data.

A layer's mathematics is one `Equation`. Everything else in this package reads that tree: prints
it, evaluates it, expands it at one element, bounds its rounding error, differentiates it, dumps it.

Indices and values share one set of nodes, so that an index may be data (`weight[token[n], j]`) and
an index may be used as a value. Integer-valued nodes are evaluated exactly, all others in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Number: TypeAlias = int | float
Like: TypeAlias = "Expr | int | float"
Comparison = Literal["<", "<=", "=", "!=", ">=", ">"]
Reduction = Literal["sum", "prod", "max", "min", "argmax", "argmin"]
Role = Literal["input", "parameter", "statistic", "drawn", "upstream", "result", "stage"]


class Expr:
    """A node of the tree. Arithmetic on nodes builds nodes."""

    __slots__ = ()

    def __add__(self, other: Like) -> Expr:
        return add(self, other)

    def __radd__(self, other: Like) -> Expr:
        return add(other, self)

    def __sub__(self, other: Like) -> Expr:
        return add(self, Neg(expr(other)))

    def __rsub__(self, other: Like) -> Expr:
        return add(other, Neg(self))

    def __mul__(self, other: Like) -> Expr:
        return mul(self, other)

    def __rmul__(self, other: Like) -> Expr:
        return mul(other, self)

    def __truediv__(self, other: Like) -> Expr:
        return Div(self, expr(other))

    def __rtruediv__(self, other: Like) -> Expr:
        return Div(expr(other), self)

    def __floordiv__(self, other: Like) -> Expr:
        return FloorDiv(self, expr(other))

    def __mod__(self, other: Like) -> Expr:
        return Mod(self, expr(other))

    def __pow__(self, other: Like) -> Expr:
        return Pow(self, expr(other))

    def __neg__(self) -> Expr:
        return Neg(self)

    def __abs__(self) -> Expr:
        return Apply("abs", self)

    def __lt__(self, other: Like) -> Compare:
        return Compare("<", self, expr(other))

    def __le__(self, other: Like) -> Compare:
        return Compare("<=", self, expr(other))

    def __gt__(self, other: Like) -> Compare:
        return Compare(">", self, expr(other))

    def __ge__(self, other: Like) -> Compare:
        return Compare(">=", self, expr(other))


class Cond:
    """A condition: true or false at each element."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Num(Expr):
    """A number. An int takes part in index arithmetic."""

    value: Number


@dataclass(frozen=True, slots=True)
class Sym(Expr):
    """A quantity of the layer's configuration (stride, size, epsilon), a number once configured."""

    name: str
    latex: str
    meaning: str = ""
    integer: bool = True


@dataclass(frozen=True, slots=True)
class Var(Expr):
    """An index, bound by the equation's left side or by a reduction."""

    name: str

    def over(self, stop: Like, start: Like = 0) -> Range:
        """The range start ≤ index < stop."""
        return Range(self, expr(start), expr(stop))


@dataclass(frozen=True, slots=True)
class Read(Expr):
    """One element of a tensor or of a stage: `tensor[indices]`."""

    tensor: str
    indices: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Add(Expr):
    """terms[0] + terms[1] + …, added in this order."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Mul(Expr):
    """factors[0] · factors[1] · …, multiplied in this order."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Neg(Expr):
    """-operand."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Div(Expr):
    """numerator / denominator, over the reals."""

    numerator: Expr
    denominator: Expr


@dataclass(frozen=True, slots=True)
class FloorDiv(Expr):
    """⌊numerator / denominator⌋ over the integers; `exact` where the remainder is known to be 0."""

    numerator: Expr
    denominator: Expr
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Mod(Expr):
    """numerator mod denominator, in 0 … denominator - 1."""

    numerator: Expr
    denominator: Expr


@dataclass(frozen=True, slots=True)
class Pow(Expr):
    """base to the power of exponent."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Apply(Expr):
    """An elementwise function, by its name in `functions.FUNCTIONS`."""

    function: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Extreme(Expr):
    """The largest ("max") or smallest ("min") of a few operands."""

    kind: Literal["max", "min"]
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """start ≤ var < stop; the bounds may depend on indices that are bound further out."""

    var: Var
    start: Expr
    stop: Expr


@dataclass(frozen=True, slots=True)
class Reduce(Expr):
    """A sum, product or extreme of `body` over index ranges, where the condition holds.

    argmax and argmin give the position of the first extreme, counted in row-major order over the
    ranges, which is torch's rule for ties. Outside the condition the body is not read.
    """

    kind: Reduction
    ranges: tuple[Range, ...]
    body: Expr
    where: Cond | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a definition by cases."""

    condition: Cond
    value: Expr


@dataclass(frozen=True, slots=True)
class Cases(Expr):
    """The value of the first case whose condition holds, otherwise `otherwise`."""

    cases: tuple[Case, ...]
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Bracket(Expr):
    """Iverson's bracket: 1 where the condition holds, else 0.

    As a factor its 0 is strong, as Knuth has it: 0 times anything is 0, infinities and NaN too.
    """

    condition: Cond


@dataclass(frozen=True, slots=True)
class When(Expr):
    """`body` where the configuration's `flag` is set; otherwise it is not there at all."""

    flag: str
    body: Expr


@dataclass(frozen=True, slots=True)
class Compare(Cond):
    """left (comparison) right."""

    comparison: Comparison
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Every(Cond):
    """All of the conditions hold."""

    conditions: tuple[Cond, ...]


@dataclass(frozen=True, slots=True)
class Either(Cond):
    """At least one of the conditions holds."""

    conditions: tuple[Cond, ...]


@dataclass(frozen=True, slots=True)
class Not(Cond):
    """The condition does not hold."""

    condition: Cond


@dataclass(frozen=True, slots=True)
class Outside:
    """What a read beyond a tensor's edge gives: a constant, or an element found by a rule."""

    rule: Literal["constant", "reflect", "replicate", "circular"]
    value: float = 0.0


@dataclass(frozen=True, slots=True)
class Tensor:
    """The declaration of a tensor or stage: its symbol, its sizes and its meaning for a reader.

    `latex` prints an element; `#` in it stands for the indices. A read outside of a tensor with
    `outside=None` is an error.
    """

    name: str
    latex: str
    sizes: tuple[Expr, ...]
    meaning: str
    role: Role = "input"
    outside: Outside | None = None
    integer: bool = False
    label: str = ""
    """Heading of its table on the page, `Filter Weights`; its meaning where empty."""

    def __getitem__(self, indices: Like | tuple[Like, ...]) -> Read:
        if not isinstance(indices, tuple):
            indices = (indices,)
        if len(indices) != len(self.sizes):
            message = f"{self.name} has {len(self.sizes)} axes, not {len(indices)}"
            raise ValueError(message)
        return Read(self.name, tuple(expr(i) for i in indices))


@dataclass(frozen=True, slots=True)
class Stage:
    """A named intermediate quantity with a shape of its own.

    A stage may read its own earlier elements along the axis `along`: with direction 1 those of a
    smaller index, with -1 those of a larger one. `arithmetic` is the body in the order in which the
    library computes it, as that of an equation.
    """

    tensor: Tensor
    indices: tuple[Var, ...]
    body: Expr
    along: int | None = None
    direction: Literal[1, -1] = 1
    arithmetic: Expr | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """result[indices] = body, with the tensors and stages that the body reads.

    `arithmetic`, where given, is the same value in the order in which the library computes it: it
    is read for the error budget alone, where that order rounds more than the textbook's.

    `shared` says what the derivative of a maximum or minimum is where several operands attain it:
    an equal part for each of them, instead of all for the first.
    """

    result: Tensor
    indices: tuple[Var, ...]
    body: Expr
    tensors: tuple[Tensor, ...]
    stages: tuple[Stage, ...] = ()
    arithmetic: Expr | None = None
    shared: bool = False

    def declared(self, name: str) -> Tensor:
        """The declaration of the tensor or stage of that name."""
        for tensor in self.tensors:
            if tensor.name == name:
                return tensor
        return self.stage(name).tensor

    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError where there is none."""
        for stage in self.stages:
            if stage.tensor.name == name:
                return stage
        message = f"no tensor or stage named {name}"
        raise KeyError(message)


def expr(value: Like) -> Expr:
    """A number as a node; a node as it is."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{value!r} is {type(value).__name__}, expected an expression, an int or a float"
        raise TypeError(message)
    return Num(value)


def add(*terms: Like) -> Expr:
    """The terms' sum; sums within it on the left are joined, so that a + b + c is one node."""
    first, *rest = (expr(t) for t in terms)
    head = first.terms if isinstance(first, Add) else (first,)
    return Add((*head, *rest)) if rest else first


def mul(*factors: Like) -> Expr:
    """The factors' product, joined on the left like `add`."""
    first, *rest = (expr(f) for f in factors)
    head = first.factors if isinstance(first, Mul) else (first,)
    return Mul((*head, *rest)) if rest else first

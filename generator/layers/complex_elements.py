"""Functions of each element alone where operands, or the result, are complex."""

from __future__ import annotations

from collections.abc import Mapping

from generator.formula.configure import Setting
from generator.formula.tree import Case, Cases, Cond, Equation, Expr, Num, Tensor, Var
from generator.layers.complexes import COUNTS, PART, PARTS, TWO, Complex, is_complex, pair
from generator.layers.dtypes import spelled
from generator.layers.elementwise import axes
from generator.layers.factors import refuse_conversions
from generator.layers.registry import Call, Formula, Note, Refused
from generator.layers.tensors import gradient_of, upstream


class ComplexElements:
    """The operands of a call, all of the output's shape, and their values at an element."""

    def __init__(self, call: Call, symbols: Mapping[str, tuple[str, str]]) -> None:
        """`symbols` has for each operand its symbol and what it is."""
        refuse_conversions(call)
        if any(call.shape(name) != call.output.shape for name in symbols):
            raise Refused(f"{spelled(call)}: operands of several shapes are not explained")
        self.call = call
        self.axes = axes(call.output.shape)
        self.operands = {
            name: Tensor(
                name,
                latex,
                (*self.axes.sizes, *((TWO,) if is_complex(call, name) else ())),
                meaning,
                label=meaning.capitalize(),
            )
            for name, (latex, meaning) in symbols.items()
        }
        sizes = (*self.axes.sizes, *((TWO,) if is_complex(call) else ()))
        self.y = Tensor("output", "y", sizes, "output", "result", label="Output")

    def value(self, name: str) -> Complex:
        """An operand at the element."""
        return self._at(self.operands[name], is_complex(self.call, name))

    @property
    def g(self) -> Complex:
        """The upstream gradient at the element."""
        return self._at(upstream(self.y), is_complex(self.call))

    def _at(self, tensor: Tensor, parts: bool) -> Complex:
        indices = self.axes.indices
        return pair(tensor, indices) if parts else Complex(tensor[indices])

    def _indices(self, parts: bool) -> tuple[Var, ...]:
        return (*self.axes.indices, *((PART,) if parts else ()))

    def forward(self, value: Complex, *, nothing: Cond | None = None) -> Equation:
        """y = value, or 0 where `nothing` holds."""
        parts = is_complex(self.call)
        tensors = tuple(self.operands.values())
        return Equation(self.y, self._indices(parts), _body(value, parts, nothing), tensors)

    def gradient(
        self,
        name: str,
        value: Complex,
        *,
        nothing: Cond | None = None,
        arithmetic: Complex | None = None,
    ) -> Equation:
        """∂L/∂operand = value, or its real part where the operand is real; 0 where `nothing` holds.

        `arithmetic` is the same in torch's order of computation where that rounds more.
        """
        parts = is_complex(self.call, name)
        return Equation(
            gradient_of(self.operands[name]),
            self._indices(parts),
            _body(value, parts, nothing),
            (upstream(self.y), *self.operands.values()),
            arithmetic=None if arithmetic is None else _body(arithmetic, parts, nothing),
        )

    def formula(
        self,
        summary: str,
        forward: Equation,
        gradients: Mapping[str, Equation],
        *,
        notes: tuple[Note, ...] = (),
        settings: Mapping[str, Setting] | None = None,
    ) -> Formula:
        """The explanation with these equations."""
        names = self.axes.names
        whole = {n: is_complex(self.call, n) for n in self.operands}
        return Formula(
            summary=summary,
            forward=forward,
            gradients=gradients,
            settings={**self.axes.settings, **(settings or {})},
            axes={
                **{n: (*names, *((PARTS,) if parts else ())) for n, parts in whole.items()},
                "output": (*names, *((PARTS,) if is_complex(self.call) else ())),
            },
            notes=notes,
            indices={PART.name: COUNTS},
        )


def _body(value: Complex, parts: bool, nothing: Cond | None) -> Expr:
    real = Num(0) if value.re is None else value.re
    found = value.at() if parts else real
    if nothing is None:
        return found
    zero = Case(nothing, Num(0))
    if isinstance(found, Cases):
        return Cases((zero, *found.cases), found.otherwise)
    return Cases((zero,), found)

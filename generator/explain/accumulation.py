"""Where a tensor goes to several places, its gradient is the sum of what each sends back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generator import wording
from generator.capture.records import Operand, Step, Value, operands, values
from generator.explain.choice import chosen
from generator.explain.context import Context, Use, display, type_title
from generator.explain.facts import report_name
from generator.explain.grids import Naming
from generator.explain.section import Quantity, section
from generator.explain.symbols import meanings, symbols
from generator.explanation import GradientSum, Link, StepPage, Symbol
from generator.formula.build import total
from generator.formula.configure import Setting, configure
from generator.formula.tree import Equation, Expr, Num, Sym, Var, add
from generator.formula.tree import Tensor as Declared
from generator.layers.elementwise import axes
from generator.layers.registry import Formula
from generator.layers.tensors import gradient_of

_TERMS = 8
"""Uses up to which each is a term of its own; more are one tensor, summed over its first axis."""


@dataclass(frozen=True)
class _Letters:
    """Index and length of each axis of the tensor whose gradient is a sum."""

    indices: tuple[Var, ...]
    sizes: tuple[Expr, ...]
    settings: Mapping[str, Setting]


def gradient_sums(
    step: Step, page: StepPage, context: Context, formula: Formula | None
) -> Iterator[GradientSum]:
    """The sums that the step's page shows.

    That of each of its outputs; and that of each parameter or input of the model that it is the
    first to read. They have the letters of the step's formula, if it has one.
    """
    outputs, called = list(values(step.outputs)), dict(page.called)
    table = _Table(context, formula, {known.latex for known in page.symbols})
    for place, value in enumerate(outputs):
        if value.step == step.index:
            name, symbol, names = _output(page, place, len(outputs))
            yield from table.of(
                value,
                _output_equation(formula, place),
                f"grad {name}",
                called.get(name) or (name if name[-1].isdigit() else f"the {name}"),
                symbol,
                names,
                upstream=True,
            )
    known = {fact.name: fact for fact in page.operands}
    for name, operand in _own(step):
        value = operand.value
        if _first(value, step, context):
            fact = known.get(name)
            symbol, names = (fact.symbol, fact.axes) if fact else ("", ())
            of = f"grad {report_name(name)} over all uses"
            said = wording.operand(name)
            if value.origin == "input":
                said = f"the model's input {name}"
            equation = None if formula is None else formula.gradients.get(name)
            yield from table.of(value, equation, of, said, symbol or "x", names, upstream=False)


def name_parts(step: Step, context: Context, taken: set[str]) -> None:
    """Name the parts of the sums of what the step is the first to read, and say where these stand.

    Each step that reads such a tensor works out a part of its gradient. `taken` are the symbols of
    the step's formula.
    """
    count = 0
    own = [len(_parts(v, context)) for v in values(step.outputs) if v.step == step.index]
    number = sum(parts for parts in own if parts <= _TERMS)  # those of the outputs come before
    for _, operand in _own(step):
        value = operand.value
        parts = _parts(value, context) if _first(value, step, context) else []
        if not parts:
            continue
        count += 1
        again = f"-call-{step.call + 1}" if step.call else ""
        where = f"{context.paths.step(step)}#uses-{count}{again}"
        context.summed[value.id] = Link(display(step), type_title(step.type), where)
        letter = _free(taken, "g", r"\gamma", "G")
        for place, use in enumerate(parts):
            if len(parts) > _TERMS:
                context.parts[id(use.operand)] = f"{letter}_{{{place},#}}"
            else:
                number += 1
                context.parts[id(use.operand)] = f"g^{{({number})}}"


def part_symbols(step: Step, context: Context) -> Iterator[Symbol]:
    """The symbols of parts that the step works out of sums that stand on another page."""
    for name, operand in _own(step):
        latex, uses = context.parts.get(id(operand)), context.uses.get(operand.value.id, ())
        if latex and context.paths.step(uses[0].step) != context.paths.step(step):
            meaning = f"part of the gradient of {wording.operand(name)}"
            if operand.value.origin == "input":
                meaning = f"part of the gradient of the model's input {name}"
            shape = str(list(operand.value.shape))
            yield Symbol(latex.replace(",#", ""), meaning, shape, context.summed[operand.value.id])


def _first(value: Value, step: Step, context: Context) -> bool:
    """Whether the step is the first to read a parameter or an input of the model."""
    uses = context.uses.get(value.id, ())
    return value.origin != "step" and bool(uses) and uses[0].step is step


def _parts(value: Value, context: Context) -> list[Use]:
    """The uses that each sent back a part of the gradient; none where it is not told as a sum."""
    uses = context.uses.get(value.id, ())
    if value.grad is None or value.grad.is_complex():
        return []
    if not all(use.operand.separate for use in uses):
        return []
    parts = [use for use in uses if use.operand.grad is not None]
    return parts if len(parts) > 1 else []


def _free(taken: set[str], *letters: str) -> str:
    return next((letter for letter in letters if letter not in taken), letters[-1])


def _output_equation(formula: Formula | None, place: int) -> Equation | None:
    if formula is None or place > len(formula.others):
        return None
    return formula.others[place - 1].equation if place else formula.forward


def _output(page: StepPage, place: int, count: int) -> tuple[str, str, tuple[str, ...]]:
    """What the page calls one of the outputs: its name, its symbol, its axes."""
    if place == 0:
        return "output", page.output_symbol, page.output_axes
    if len(page.others) == count - 1:
        other = page.others[place - 1]
        return other.of, other.symbol, other.worked[0].axes if other.worked else ()
    return f"output {place}", rf"y^{{({place})}}", ()


def _own(step: Step) -> Iterator[tuple[str, Operand]]:
    """The operands, parameters by their local name and others by the value's."""
    yield from step.parameters.items()
    seen: set[int] = set()
    for operand in (*operands(step.args), *operands(step.kwargs)):
        if operand.value.id not in seen:
            seen.add(operand.value.id)
            yield operand.value.name, operand


@dataclass
class _Table:
    """The sums of one page, each with the symbols that the page does not have by then."""

    context: Context
    formula: Formula | None
    taken: set[str]
    """Symbols that stand for something on the page."""
    parts: int = 0
    """Parts that have a number by now."""

    def _numbered(self, uses: Sequence[Use]) -> Iterator[str]:
        """The symbol of each part: its own, or the next one."""
        for use in uses:
            known = self.context.parts.get(id(use.operand))
            if known is None:
                self.parts += 1
            yield known or rf"g^{{({self.parts})}}"

    def of(
        self,
        value: Value,
        equation: Equation | None,
        of: str,
        name: str,
        symbol: str,
        names: tuple[str, ...],
        *,
        upstream: bool,
    ) -> Iterator[GradientSum]:
        """The sum, if there is one.

        `equation` has the tensor's letters, or its gradient's; `name` has its article, `the
        output`; `names` are those of the axes, if they are known.
        """
        uses = _parts(value, self.context)
        if value.grad is None or not uses:
            return
        parts = [(use, use.operand.grad) for use in uses if use.operand.grad is not None]
        links = [self.context.step_link(use.step) for use in uses]
        shaped = self._letters(value, equation)
        general, tensors = self._equation(
            shaped, symbol, name, [use for use, _ in parts], [g for _, g in parts]
        )
        if len(names) != value.data.dim():
            names = tuple(f"axis {k}" for k in range(value.data.dim()))
        configured = configure(general, shaped.settings)
        quantity = Quantity(
            of=of,
            title=f"Gradient of {name}, over all of its uses",
            equation=general,
            configured=configured,
            actual=value.grad,
            elements=chosen(configured, tensors, value.grad, None)[:1],
            axes=names,
            result="value",
        )
        formula = Formula("", general, {}, shaped.settings, {"value": names})
        naming = Naming(
            dict(zip(tensors, links, strict=False)) if len(parts) <= _TERMS else {},
            meanings(formula),
        )
        found = section(quantity, formula, tensors, naming, self.context.decimals)
        rows = [s for s in symbols(formula, naming.links, naming.counts) if s.latex != found.symbol]
        # a page without a formula has no symbol for the tensor itself
        rows.insert(0, Symbol(symbol, name, str(list(value.shape))))
        fresh = tuple(row for row in rows if row.latex not in self.taken)
        self.taken.update(row.latex for row in fresh)
        senders = tuple(dict.fromkeys(links))
        yield GradientSum(found, senders, len(parts), name, upstream, fresh)

    def _letters(self, value: Value, equation: Equation | None) -> _Letters:
        """Those of the equation; without one, letters that the page does not have."""
        rank = value.data.dim()
        if self.formula is not None and equation is not None and len(equation.indices) == rank:
            settings = self.formula.settings
            return _Letters(equation.indices, equation.result.sizes, settings)
        usual = axes(value.shape)
        free = not self.taken & {v.name for v in usual.indices}
        indices = usual.indices if free else tuple(Var(f"i_{{{k}}}") for k in range(1, rank + 1))
        lengths = tuple(Sym(f"length {k}", "", "") for k in range(rank))
        numbers = dict(zip((s.name for s in lengths), value.shape, strict=True))
        return _Letters(indices, lengths, numbers)

    def _equation(
        self,
        shaped: _Letters,
        symbol: str,
        name: str,
        uses: Sequence[Use],
        gradients: Sequence[Tensor],
    ) -> tuple[Equation, Mapping[str, Tensor]]:
        """∂L/∂x = g⁽¹⁾ + g⁽²⁾ + …, with the tensors that it reads."""
        result = gradient_of(Declared("value", symbol, shaped.sizes, name))
        body: Expr
        if len(uses) > _TERMS:
            u = Var(_free(self.taken, "u", "r", "z"))
            letter = _free(self.taken, "g", r"\gamma", "G")
            sizes = (Num(len(uses)), *shaped.sizes)
            every = Declared("parts", letter, sizes, "parts of the gradient, one from each use")
            body = total(u.over(len(uses)), every[(u, *shaped.indices)])
            return Equation(result, shaped.indices, body, (every,)), {
                "parts": torch.stack([*gradients])
            }
        declared = [
            Declared(
                f"part_{place}",
                latex,
                shaped.sizes,
                "part of the gradient",
                label=f"What came back through {display(use.step)}",
            )
            for place, (use, latex) in enumerate(zip(uses, self._numbered(uses), strict=True))
        ]
        terms = [part[shaped.indices] for part in declared]
        tensors = {part.name: g for part, g in zip(declared, gradients, strict=True)}
        equation = Equation(
            result,
            shaped.indices,
            add(*terms),
            tuple(declared),
            # autograd adds them in the order in which they arrive: no partial sum is larger than
            # this
            arithmetic=add(*(abs(term) for term in terms)),
        )
        return equation, tensors

r"""Printing a tree as LaTeX, with symbols or, once expanded, with numbers.

The text is unambiguous: a sum sign reaches over the product behind it and no further, so that a sum
under it stands in parentheses, and `\sum x + b` is `(\sum x) + b`. Tests parse it back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum

from generator.formula.conjunction import chain, conjuncts, mentions
from generator.formula.expansion import Cell, Listed
from generator.formula.functions import FUNCTIONS
from generator.formula.numerals import numeral
from generator.formula.remembered import per_object
from generator.formula.tree import (
    Add,
    Apply,
    Bracket,
    Cases,
    Compare,
    Cond,
    Div,
    Either,
    Equation,
    Every,
    Expr,
    Extreme,
    FloorDiv,
    Mod,
    Mul,
    Neg,
    Not,
    Num,
    Pow,
    Range,
    Read,
    Reduce,
    Sym,
    Var,
    When,
    add,
)

_NEWLINE = r" \\ "
_RELATION = {"<": "<", "<=": r"\le", "=": "=", "!=": r"\ne", ">=": r"\ge", ">": ">"}
_OPERATOR = {
    "sum": r"\sum",
    "prod": r"\prod",
    "max": r"\max",
    "min": r"\min",
    "argmax": r"\operatorname*{argmax}",
    "argmin": r"\operatorname*{argmin}",
}


_CONSTANTS = {math.pi: r"\pi", 2 * math.pi: r"2\pi"}
"""Numbers that are read by their name, where a layer's constants are exactly these."""


class Level(IntEnum):
    """How tightly a text holds together."""

    SUM = 1
    SIGN = 2
    BIG = 3
    PRODUCT = 4
    POWER = 5
    ATOM = 6


Text = tuple[str, Level]


@per_object
def equation_latex(equation: Equation) -> str:
    """The whole equation, `y_{n,o} = …`."""
    printer = Printer.of(equation)
    return f"{printer.left(equation)} = {printer.latex(equation.body)}"


def stage_latex(equation: Equation, name: str) -> str:
    """The definition of one stage of the equation."""
    known = _stages_latex(equation)
    if name not in known:
        stage, printer = equation.stage(name), Printer.of(equation)
        left = printer.latex(Read(name, stage.indices))
        known[name] = f"{left} = {printer.latex(stage.body)}"
    return known[name]


@per_object
def _stages_latex(_equation: Equation) -> dict[str, str]:
    """The definitions of the equation's stages that were asked for."""
    return {}


class Printer:
    """Prints nodes, knowing the symbols of tensors; `decimals` is for numbers of the run."""

    def __init__(self, symbols: Mapping[str, str], decimals: int | None = None) -> None:
        self.symbols = symbols
        self.decimals = decimals

    @classmethod
    def of(cls, equation: Equation, decimals: int | None = None) -> Printer:
        """A printer for the equation's own tensors and stages."""
        declared = (*equation.tensors, *(s.tensor for s in equation.stages), equation.result)
        return cls({t.name: t.latex for t in declared}, decimals)

    def left(self, equation: Equation) -> str:
        """The left side of the equation."""
        return self._element(equation.result.name, equation.indices)

    def latex(self, node: Expr | Cond) -> str:
        """The node as LaTeX for math mode."""
        return self._condition(node) if isinstance(node, Cond) else self._text(node)[0]

    def _in(self, node: Expr, level: Level) -> str:
        text, own = self._text(node)
        return text if own >= level else _parenthesised(text)

    def _text(self, node: Expr) -> Text:
        match node:
            case Num(value) if value in _CONSTANTS:
                return _CONSTANTS[value], Level.PRODUCT
            case Num():
                return self._number(node.value, None)
            case Cell():
                exact = 0 if node.padded and node.value == 0 else node.value
                return self._number(exact, self.decimals)
            case Sym():
                return node.latex, Level.ATOM
            case Var():
                return node.name, Level.ATOM
            case Read():
                return self._element(node.tensor, node.indices), Level.ATOM
            case When():
                return self._text(node.body)
            case Neg():
                return "-" + self._in(node.operand, Level.BIG), Level.SIGN
            case Add():
                return self._sum(node.terms)
            case Mul():
                return self._product(node.factors)
            case Div():
                return self._fraction(node.numerator, node.denominator), Level.ATOM
            case FloorDiv():
                fraction = self._fraction(node.numerator, node.denominator)
                if node.exact:
                    return fraction, Level.ATOM
                return rf"\left\lfloor {fraction} \right\rfloor", Level.ATOM
            case Mod():
                numerator = self._in(node.numerator, Level.PRODUCT)
                # 2 · u mod 2 could be read as (2 · u) mod 2
                return rf"{numerator} \bmod {self._in(node.denominator, Level.POWER)}", Level.SIGN
            case Pow():
                base = self._in(node.base, Level.ATOM)
                # a bare fraction with an exponent would read as a fraction of powers, and TeX
                # refuses a second exponent
                if base.startswith(r"\frac") or isinstance(node.base, Apply) or self._raised(node):
                    base = rf"\left({base}\right)"
                return f"{base}^{{{self._text(node.exponent)[0]}}}", Level.POWER
            case Apply():
                return self._apply(node), Level.ATOM
            case Extreme():
                inner = r",\; ".join(self._text(o)[0] for o in node.operands)
                return rf"\{node.kind}\left({inner}\right)", Level.ATOM
            case Reduce(_, (), body, None):
                # over no axes at all, as over those of a scalar
                return self._text(body)
            case Reduce():
                return self._reduce(node), Level.BIG
            case Listed():
                return self._listed(node)
            case Cases():
                return self._cases(node), Level.SUM
            case Bracket():
                return rf"\left[{self._condition(node.condition)}\right]", Level.ATOM
            case _:
                message = f"{type(node).__name__} is no node of the language"
                raise TypeError(message)

    def _raised(self, node: Pow) -> bool:
        """Whether the symbol of the base has a superscript already."""
        match node.base:
            case Read(tensor):
                symbol = self.symbols[tensor]
            case Sym(_, latex):
                symbol = latex
            case _:
                return False
        return "^" in symbol or "'" in symbol

    def _number(self, value: float, decimals: int | None) -> Text:
        text = numeral(value, decimals)
        if text.startswith("-"):
            return text, Level.SIGN
        if r"\times" in text:
            return text, Level.PRODUCT
        return text, Level.POWER if "^" in text else Level.ATOM

    def _element(self, name: str, indices: tuple[Expr, ...]) -> str:
        # n,c,h,w but with a space where an index is an expression: n,\; 2h + i
        comma = "," if all(isinstance(i, Num | Var | Sym) for i in indices) else r",\; "
        inner = comma.join(_Subscript(self.symbols).latex(i) for i in indices)
        symbol = self.symbols[name]
        if "#" in symbol:
            return symbol.replace("#", inner)
        return f"{symbol}_{{{inner}}}" if inner else symbol

    def _sum(self, terms: tuple[Expr, ...]) -> Text:
        pieces = [self._term(terms[0], first=True)]
        for term in terms[1:]:
            if isinstance(term, Neg):
                pieces.append(f" - {self._term(term.operand, first=False)}")
            elif isinstance(term, Num) and term.value < 0:
                pieces.append(f" - {self._term(Num(-term.value), first=False)}")
            else:
                pieces.append(f" + {self._term(term, first=False)}")
        return "".join(pieces), Level.SUM

    def _term(self, node: Expr, *, first: bool) -> str:
        text, level = self._text(node)
        # worked products stand in parentheses, (0.2000 × 0.3000) + …, so that each term is seen
        if isinstance(node, Mul) and _numeric(node):
            return _parenthesised(text)
        if isinstance(node, Cases) or level < (Level.SUM if first else Level.BIG):
            return _parenthesised(text)
        return text

    def _product(self, factors: tuple[Expr, ...]) -> Text:
        pieces: list[str] = []
        sign = r" \times " if any(_numeric(f) for f in factors) else r" \cdot "
        for position, factor in enumerate(factors):
            last = position == len(factors) - 1
            level = Level.BIG if last and len(pieces) > 0 else Level.PRODUCT
            if position == 0 and isinstance(factor, Cell | Num):
                level = Level.SIGN
            if position > 0 and r"\times" in self._text(factor)[0] and isinstance(factor, Cell):
                level = Level.POWER
            pieces.append(self._in(factor, level))
        negative = isinstance(factors[0], Cell | Num) and pieces[0].startswith("-")
        # a sum sign at the end, however deep, would reach over what is multiplied next
        big = len(factors) > 1 and self._text(factors[-1])[1] == Level.BIG
        return sign.join(pieces), Level.SIGN if negative else Level.BIG if big else Level.PRODUCT

    def _fraction(self, numerator: Expr, denominator: Expr) -> str:
        return rf"\frac{{{self._text(numerator)[0]}}}{{{self._text(denominator)[0]}}}"

    def _apply(self, node: Apply) -> str:
        command = FUNCTIONS[node.function].latex
        inner = self._text(node.operand)[0]
        if "#" in command:
            return command.replace("#", inner)
        if node.function == "exp" and not _tall(node.operand):
            return f"e^{{{inner}}}"
        return rf"{command}\left({inner}\right)"

    def _reduce(self, node: Reduce) -> str:
        operator = _OPERATOR[node.kind]
        body = self._in(node.body, Level.PRODUCT if isinstance(node.body, Mul) else Level.BIG)
        if isinstance(node.body, Cases):
            body = _parenthesised(self._cases(node.body))
        if node.kind in {"sum", "prod"} and node.ranges:
            return f"{self._signs(operator, node)} {body}"
        lines = [self._span(r) for r in node.ranges]
        lines += [self._below(c) for c in conjuncts(node.where)]
        return f"{operator}_{{{_stacked(lines)}}} {body}"

    def _signs(self, operator: str, node: Reduce) -> str:
        """A sign for each range; a condition stands below the innermost index that it is about."""
        below: list[list[Cond]] = [[] for _ in node.ranges]
        for condition in conjuncts(node.where):
            about = [k for k, r in enumerate(node.ranges) if mentions(condition, r.var)]
            below[max(about, default=0)].append(condition)
        signs = [
            self._bounded(operator, r, found) for r, found in zip(node.ranges, below, strict=True)
        ]
        return "".join(signs)

    def _bounded(self, operator: str, span: Range, conditions: list[Cond]) -> str:
        first = f"{span.var.name}={self._plain(span.start)}"
        lines = [first, *(self._below(c) for c in conditions)]
        return f"{operator}_{{{_stacked(lines)}}}^{{{self._last(span)}}}"

    def _below(self, condition: Cond) -> str:
        """A condition as it stands below a sign."""
        return _Subscript(self.symbols).latex(condition)

    def _last(self, span: Range) -> str:
        if isinstance(span.stop, Num):
            return str(int(span.stop.value) - 1)
        if isinstance(span.stop, Add) and isinstance(span.stop.terms[-1], Num):
            *terms, last = span.stop.terms
            less = last.value - 1 if isinstance(last, Num) else 0
            return self._plain(add(*terms, Num(less)) if less else add(*terms))
        return self._plain(Add((span.stop, Neg(Num(1)))))

    def _span(self, span: Range) -> str:
        start, stop = self._plain(span.start), self._plain(span.stop)
        return rf"{start} \le {span.var.name} < {stop}"

    def _plain(self, node: Expr) -> str:
        return _Subscript(self.symbols).latex(node)

    def _listed(self, node: Listed) -> Text:
        items = tuple(entry.item for entry in node.entries)
        if not items:
            # a sum of no terms is 0 exactly
            return self._number(0 if node.value == 0 else node.value, self.decimals)
        if node.kind == "sum":
            return self._sum(items) if len(items) > 1 else self._text(items[0])
        if node.kind == "prod":
            return self._product(items) if len(items) > 1 else self._text(items[0])
        inner = r",\; ".join(self._text(i)[0] for i in items)
        return rf"{_OPERATOR[node.kind]}\left({inner}\right)", Level.ATOM

    def _cases(self, node: Cases) -> str:
        lines = [
            rf"{self._text(c.value)[0]} & \text{{if }} {self._condition(c.condition)}"
            for c in node.cases
        ]
        lines.append(rf"{self._text(node.otherwise)[0]} & \text{{otherwise}}")
        return rf"\begin{{cases}} {_NEWLINE.join(lines)} \end{{cases}}"

    def _condition(self, node: Cond) -> str:
        match node:
            case Compare("=", Mod(numerator, denominator), Num(0)):
                inner = self._in(numerator, Level.BIG)
                return rf"{self._in(denominator, Level.ATOM)} \mid {inner}"
            case Compare():
                left, right = self._text(node.left)[0], self._text(node.right)[0]
                return f"{left} {_RELATION[node.comparison]} {right}"
            case Every():
                return self._every(node)
            case Either():
                return r" \text{ or } ".join(self._member(c) for c in node.conditions)
            case Not():
                return rf"\text{{not }} \left({self._condition(node.condition)}\right)"
            case _:
                message = f"{type(node).__name__} is no condition of the language"
                raise TypeError(message)

    def _every(self, node: Every) -> str:
        chained = chain(node)
        if chained is None:
            return r",\; ".join(self._member(c) for c in conjuncts(node))
        low, value, high = (self._text(part)[0] for part in chained)
        return rf"{low} \le {value} < {high}"

    def _member(self, node: Cond) -> str:
        text = self._condition(node)
        grouped = isinstance(node, Either) or (isinstance(node, Every) and chain(node) is None)
        return rf"\left({text}\right)" if grouped else text


class _Subscript(Printer):
    """Indices: products are written without a sign, 2h."""

    def _product(self, factors: tuple[Expr, ...]) -> Text:
        pieces = [self._in(f, Level.POWER) for f in factors]
        text = pieces[0]
        for before, piece in zip(factors, pieces[1:], strict=False):
            text += piece if isinstance(before, Num) and not piece[0].isdigit() else rf"\,{piece}"
        return text, Level.PRODUCT


def _stacked(lines: list[str]) -> str:
    return rf"\substack{{{_NEWLINE.join(lines)}}}" if len(lines) > 1 else lines[0]


def _parenthesised(text: str) -> str:
    tall = any(command in text for command in (r"\frac", r"\sum", r"\prod", r"\begin", "^"))
    return rf"\left({text}\right)" if tall else f"({text})"


def _numeric(node: Expr) -> bool:
    """Whether numbers of the run stand in it."""
    if isinstance(node, Cell | Listed):
        return True
    if isinstance(node, Mul):
        return any(_numeric(f) for f in node.factors)
    if isinstance(node, Add):
        return any(_numeric(t) for t in node.terms)
    return isinstance(node, Neg | Apply) and _numeric(node.operand)


def _tall(node: Expr) -> bool:
    """Whether it would be unreadable as an exponent."""
    return isinstance(node, Cases | Reduce | Listed | Div)

"""Printing a worked term as plain text, for tables of terms too many to typeset."""

from __future__ import annotations

import re

import torch

from generator.formula.expansion import Cell, Listed
from generator.formula.functions import FUNCTIONS
from generator.formula.numerals import numeral
from generator.formula.tree import Add, Apply, Div, Expr, Extreme, Mul, Neg, Num, Pow

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUM, _PRODUCT, _ATOM = 1, 2, 3
_LIMITS = {
    value: f"the {which} {str(dtype).removeprefix('torch.')}"
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16)
    for value, which in (
        (torch.finfo(dtype).min, "lowest"),
        (torch.finfo(dtype).max, "largest"),
        (torch.finfo(dtype).tiny, "smallest normal"),
    )
}
"""Numbers at the ends of a type's range, which stand for an infinity or for almost 0."""


def plain(node: Expr, decimals: int) -> str:
    """The worked node as text, `0.5800 × (−0.0564)`."""
    return _text(node, decimals)[0]


def plain_number(value: float, decimals: int | None = None) -> str:
    """A number as text, with a true minus sign: `−1.2 × 10⁻⁷`."""
    text = numeral(value, decimals)
    if "\\" in text or "^" in text:
        text = text.replace(r" \times ", " × ").replace(r"\infty", "∞")
        text = re.sub(r"\\text\{(\w+)\}", r"\1", text)
        text = re.sub(r"10\^\{(-?\d+)\}", lambda m: "10" + m[1].translate(_SUPERSCRIPTS), text)
    return text.replace("-", "−")


def limit(value: float) -> str:
    """What a number at the end of a type's range is, `the lowest float32`; '' for any other."""
    return _LIMITS.get(value, "")


def constant(value: float) -> str:
    """A number of the configuration in a sentence: `−3.4028235 × 10³⁸ (the lowest float32)`."""
    end = limit(value)
    return f"{plain_number(value)} ({end})" if end else plain_number(value)


def _text(node: Expr, decimals: int) -> tuple[str, int]:
    match node:
        case Cell():
            exact = 0 if node.padded and node.value == 0 else node.value
            return _number(exact, decimals)
        case Num():
            return _number(node.value, None)
        case Listed():
            exact = 0 if node.value == 0 and not node.entries else node.value
            return _number(exact, decimals)
        case Neg():
            return "−" + _at_least(_text(node.operand, decimals), _PRODUCT), _SUM
        case Add():
            return _sum(node.terms, decimals), _SUM
        case Mul():
            pieces = [_at_least(_text(f, decimals), _PRODUCT) for f in node.factors]
            return " × ".join(pieces), _PRODUCT
        case Div():
            top = _at_least(_text(node.numerator, decimals), _PRODUCT)
            return f"{top} / {_at_least(_text(node.denominator, decimals), _ATOM)}", _PRODUCT
        case Pow():
            base = _at_least(_text(node.base, decimals), _ATOM)
            exponent, level = _text(node.exponent, decimals)
            if re.fullmatch(r"[−\d]+", exponent):
                return base + exponent.replace("−", "-").translate(_SUPERSCRIPTS), _ATOM
            return f"{base}^{_at_least((exponent, level), _ATOM)}", _ATOM
        case Apply():
            inner = _text(node.operand, decimals)[0]
            if node.function == "abs":
                return f"|{inner}|", _ATOM
            return f"{_name(node.function)}({inner})", _ATOM
        case Extreme():
            inner = ", ".join(_text(o, decimals)[0] for o in node.operands)
            return f"{node.kind}({inner})", _ATOM
        case _:
            message = f"{type(node).__name__} does not stand in a worked term"
            raise TypeError(message)


def _sum(terms: tuple[Expr, ...], decimals: int) -> str:
    pieces = [_at_least(_text(terms[0], decimals), _PRODUCT, first=True)]
    for term in terms[1:]:
        negative = isinstance(term, Neg)
        inner = term.operand if isinstance(term, Neg) else term
        text = _at_least(_text(inner, decimals), _PRODUCT)
        pieces.append(f"{' − ' if negative else ' + '}{text}")
    return "".join(pieces)


def _at_least(text: tuple[str, int], level: int, *, first: bool = False) -> str:
    bare = text[1] >= level or first
    return text[0] if bare else f"({text[0]})"


def _number(value: float, decimals: int | None) -> tuple[str, int]:
    text = plain_number(value, decimals)
    if text.startswith("−"):
        return text, _SUM
    return text, _PRODUCT if "×" in text else _ATOM


def _name(function: str) -> str:
    assert function in FUNCTIONS
    return "√" if function == "sqrt" else function

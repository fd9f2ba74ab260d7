"""Sums of whole numbers, with what cancels in them and in their floors and remainders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gcd

from generator.formula.tree import Add, Expr, FloorDiv, Mod, Mul, Neg, Num


def collected(terms: Iterable[Expr]) -> tuple[list[Expr], float]:
    """Terms of a sum without those that cancel, and its constant."""
    constant: float = 0
    kept: list[Expr] = []
    for term in terms:
        for part in term.terms if isinstance(term, Add) else (term,):
            opposite = part.operand if isinstance(part, Neg) else Neg(part)
            if isinstance(part, Num):
                constant += part.value
            elif opposite in kept:
                kept.remove(opposite)
            else:
                kept.append(part)
    return kept, constant


def summed(terms: Sequence[Expr], constant: float) -> Expr:
    """The sum of terms and a constant, which stands last, or first before a minus sign."""
    found = list(terms)
    if constant > 0 and found and isinstance(found[0], Neg):
        found.insert(0, Num(constant))
    elif constant != 0 or not found:
        found.append(Num(constant))
    return found[0] if len(found) == 1 else Add(tuple(found))


def reduced(node: FloorDiv) -> FloorDiv:
    """⌊(g·a + r) / (g·b)⌋ as ⌊a / b⌋, where 0 ≤ r < g."""
    divisor = _whole(node.denominator)
    terms, constant = collected([node.numerator])
    if divisor is None or divisor < 1 or not isinstance(constant, int):
        return node
    common = gcd(divisor, *(_coefficient(t) for t in terms))
    if common == 1:
        return node
    parts = [_part(term, common) for term in terms]
    return FloorDiv(summed(parts, constant // common), Num(divisor // common), node.exact)


def remainders(
    terms: list[Expr], constant: float, mod: Callable[[Mod], Expr]
) -> tuple[list[Expr], float]:
    """Terms and constant of a sum in which a - s⌊a / s⌋ stands as a mod s."""
    for term in terms:
        match term:
            case Neg(Mul((Num(factor), FloorDiv(inner, Num(divisor), False)))) if factor == divisor:
                own, offset = collected([inner])
                rest = [t for t in terms if t is not term]
                if all(own.count(t) <= rest.count(t) for t in own):
                    for part in own:
                        rest.remove(part)
                    rest.append(mod(Mod(inner, Num(divisor))))
                    return remainders(rest, constant - offset, mod)
            case _:
                pass
    return terms, constant


def _whole(node: Expr) -> int | None:
    return node.value if isinstance(node, Num) and isinstance(node.value, int) else None


def _coefficient(term: Expr) -> int:
    """The whole number before a term, without its sign."""
    if isinstance(term, Neg):
        return _coefficient(term.operand)
    first = _whole(term.factors[0]) if isinstance(term, Mul) else None
    return 1 if first is None else abs(first)


def _part(term: Expr, divisor: int) -> Expr:
    """A term over a divisor of its coefficient."""
    if isinstance(term, Neg):
        return Neg(_part(term.operand, divisor))
    assert isinstance(term, Mul)
    first = _whole(term.factors[0])
    assert first is not None
    rest = term.factors[1:]
    if first != divisor:
        return Mul((Num(first // divisor), *rest))
    return rest[0] if len(rest) == 1 else Mul(rest)

"""Where a printer goes wrong: precedence, signs and exponents."""

import math

import pytest
from parser import Parser
from printed import worked_value

from generator.formula.build import apply, bracket, cases, ceil_div, every, expr, total, within
from generator.formula.expansion import Cell, Entry, Listed
from generator.formula.latex import Printer
from generator.formula.tree import Add, Div, Extreme, Mul, Neg, Num, Pow, Read, Sym, Var

A, B, C = Sym("a", "a"), Sym("b", "b"), Sym("c", "c")
VALUES = {"a": 0.75, "b": -1.5, "c": 2.25}
a, b, c = VALUES.values()


def cell(value):
    return Cell("x", (0,), value)


TRAPS = [
    (A - (B + C), "a - (b + c)", a - (b + c)),
    (A - (B - C), "a - (b - c)", a - (b - c)),
    (A + (B + C), "a + (b + c)", a + (b + c)),
    (A / (B * C), r"\frac{a}{b \cdot c}", a / (b * c)),
    (A / B * C, r"\frac{a}{b} \cdot c", a / b * c),
    (A / (B / C), r"\frac{a}{\frac{b}{c}}", a / (b / c)),
    (A * (B / C), r"a \cdot \frac{b}{c}", a * (b / c)),
    ((A + B) * C, r"(a + b) \cdot c", (a + b) * c),
    (A * (B * C), r"a \cdot b \cdot c", a * b * c),
    (-(A**2), "-a^{2}", -(a**2)),
    ((-A) ** 2, "(-a)^{2}", (-a) ** 2),
    (Neg(Neg(A)), "-(-a)", a),
    (-(A + B), "-(a + b)", -(a + b)),
    (-(A * B), r"-a \cdot b", -(a * b)),
    (A * -B, r"a \cdot (-b)", -(a * b)),
    (A - -B, "a - (-b)", a + b),
    (A + Neg(B), "a - b", a - b),
    (A + -2, "a - 2", a - 2),
    (A * -2, r"a \cdot (-2)", -2 * a),
    (-2 * A, r"-2 \cdot a", -2 * a),
    (C - -2 * A, r"c - (-2 \cdot a)", c + 2 * a),
    (Num(-2) ** 2, "(-2)^{2}", 4),
    ((A / C) ** 2, r"\left(\frac{a}{c}\right)^{2}", (a / c) ** 2),
    ((A**2) ** 3, r"\left(a^{2}\right)^{3}", a**6),
    (C ** (A / 2), r"c^{\frac{a}{2}}", c ** (a / 2)),
    (C ** (-A), "c^{-a}", c**-a),
    (apply("exp", A) ** 2, r"\left(e^{a}\right)^{2}", math.exp(a) ** 2),
    (apply("tanh", A) ** 2, r"\left(\tanh\left(a\right)\right)^{2}", math.tanh(a) ** 2),
    (abs(A - C) / 2, r"\frac{\left|a - c\right|}{2}", abs(a - c) / 2),
    (Extreme("max", (A, B - C)) * 2, r"\max\left(a,\; b - c\right) \cdot 2", 2 * a),
    (bracket(A < C) * B, r"\left[a < c\right] \cdot b", b),
    (A * bracket(every(A < B, B < C)), r"a \cdot \left[a < b,\; b < c\right]", 0),
    (bracket(within(A, C, B)), r"\left[b \le a < c\right]", 1),
]


@pytest.mark.parametrize(("node", "text", "value"), TRAPS, ids=[t[1] for t in TRAPS])
def test_symbols(node, text, value):
    assert Printer({}).latex(node) == text
    assert Parser(text, symbols=VALUES).read()({}) == pytest.approx(value)


k = Var("k")
REACH = [
    (total(k.over(3), k) + 1, 4),
    (total(k.over(3), k + 1), 6),
    (total(k.over(3), k * 2) * 5, 30),
    (5 * total(k.over(3), k * 2), 30),
    (total(k.over(3), 2) * total(k.over(2), k), 6),
    (Mul((Mul((Num(2), Mul((Num(3), total(k.over(3), k))))), total(k.over(2), 1 + k))), 54),
    (total(k.over(3), -k) - 1, -4),
    (1 - total(k.over(3), k), -2),
    (-(total(k.over(3), k) ** 2), -9),
    (total(k.over(3), k) ** 2, 9),
    (total(k.over(3), k**2), 5),
    (total(k.over(3), cases((k < 1, 5), otherwise=k)), 8),
    (cases((expr(1) < 2, 5), otherwise=3) + 1, 6),
    (total(k.over(5), k % 2) % 2, 0),
    ((k.over(5).var * 0 + 7) % 4, 3),
    (2 * (expr(5) % 3), 4),
    (2 - (expr(5) % 3), 0),
    (-(expr(5) % 3), -2),
    (ceil_div(7, 2), 4),
]


@pytest.mark.parametrize(("node", "value"), REACH)
def test_how_far_a_sum_reaches(node, value):
    text = Printer({}).latex(node)
    assert Parser(text, indices=["k"]).read()({"k": 0}) == value, text


def listed(*items, kind="sum"):
    entries = tuple(Entry((i,), item, 0.0) for i, item in enumerate(items))
    return Listed(kind, ("k",), entries, 0.0)


NUMBERS = [
    (cell(1.0) * cell(-2.5), "1.0 \\times (-2.5)", -2.5),
    (cell(-1.0) * cell(-2.5), "-1.0 \\times (-2.5)", 2.5),
    (cell(1.0) + cell(-2.5), "1.0 + (-2.5)", -1.5),
    (cell(1.0) - cell(-2.5), "1.0 - (-2.5)", 3.5),
    (Neg(cell(-2.5)), "-(-2.5)", 2.5),
    (cell(-2.5) ** 2, "(-2.5)^{2}", 6.25),
    (cell(2.0) ** cell(-1.0), "2.0^{-1.0}", 0.5),
    (Div(cell(-1.0), cell(-4.0)), r"\frac{-1.0}{-4.0}", 0.25),
    (cell(3e-9) ** 2, r"\left(3 \times 10^{-9}\right)^{2}", 9e-18),
    (cell(2.0) * cell(3e-9), r"2.0 \times \left(3 \times 10^{-9}\right)", 6e-9),
    (
        listed(cell(0.5) * cell(-0.25), cell(-1.0) * cell(2.0)),
        r"(0.5 \times (-0.25)) + (-1.0 \times 2.0)",
        -2.125,
    ),
    (listed(cell(-1.0), cell(-2.0)), "-1.0 + (-2.0)", -3.0),
    (cell(2.0) - listed(cell(1.0), cell(-3.0)), "2.0 - (1.0 + (-3.0))", 4.0),
    (listed(cell(-1.0), cell(-2.0)) * cell(3.0), r"(-1.0 + (-2.0)) \times 3.0", -9.0),
    (listed(cell(-3.0)) * cell(2.0), r"(-3.0) \times 2.0", -6.0),
    (cell(2.0) * listed(cell(-3.0), kind="prod"), r"2.0 \times (-3.0)", -6.0),
    (Neg(listed(cell(-3.0))), "-(-3.0)", 3.0),
    (listed(cell(1.0), cell(-2.0), kind="max"), r"\max\left(1.0,\; -2.0\right)", 1.0),
    (Add((Neg(cell(1.5)), Mul((cell(2.0), cell(3.0))))), r"-1.5 + (2.0 \times 3.0)", 4.5),
]


@pytest.mark.parametrize(("node", "text", "value"), NUMBERS, ids=[n[1] for n in NUMBERS])
def test_numbers(node, text, value):
    assert worked_value(Printer({}).latex(node)) == pytest.approx(value, rel=1e-15)
    assert Printer({}).latex(node) == text


def test_a_number_with_a_sign_never_follows_an_operator():
    for node, _, _ in NUMBERS:
        text = Printer({}, 4).latex(node)
        for operator in ("+", "-", r"\times", r"\cdot"):
            assert f"{operator} -" not in text, text


@pytest.mark.parametrize("symbol", ["w^{(1)}_{#}", "w'", r"\sigma^2_{#}"])
def test_no_second_superscript(symbol):
    text = Printer({"w": symbol}).latex(Pow(Read("w", (Num(0),)), Num(2)))
    assert text.startswith((r"\left(", "(")), text
    assert text.endswith(")^{2}"), text

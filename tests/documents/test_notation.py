"""The glossary explains whatever a formula may contain."""

import ast
import re
from typing import get_args

import pytest
from texts import ROOT, guide

from generator.formula import expansion, tree
from generator.formula.functions import FUNCTIONS
from generator.formula.latex import Printer

NOTATION = guide("notation")
COMMAND = re.compile(r"\\(operatorname\*?\{[^}]*\}|[a-zA-Z]{2,})")
LAYOUT = {"left", "right", "begin", "end", "text", "substack", "operatorname"}
"""What sets a formula without being a sign, or takes the sign as its argument."""
EXPLAINED = set(COMMAND.findall(NOTATION))


def literals(path):
    """The strings of a file that are no docstrings."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    bare = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in bare)
    return [node.value for node in constants if isinstance(node.value, str)]


@pytest.mark.parametrize("folder", ["formula", "layers", "explain", "render"])
def test_every_command_that_the_generator_can_print_is_explained(folder):
    files = sorted((ROOT / "generator" / folder).rglob("*.py"))
    used = {c for file in files for text in literals(file) for c in COMMAND.findall(text)}
    assert folder != "formula" or {"sum", "lfloor", "mid", "infty", "substack"} <= used
    assert sorted(used - LAYOUT - EXPLAINED) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_explained(name):
    printed = Printer({}).latex(tree.Apply(name, tree.Var("#")))
    glossary = NOTATION.replace(r"\lvert", "|").replace(r"\rvert", "|").replace(" ", "")
    sign = re.escape(printed.removesuffix(r"\left(#\right)").replace(" ", ""))
    assert re.search(sign.replace(r"\#", r"(x|v|\\frac\{h\}\{2\})"), glossary)


A, B, K, X = tree.Sym("a", "a"), tree.Sym("b", "b"), tree.Var("i"), tree.Var("x")
C, D, H, TWO = tree.Var("c"), tree.Sym("t", "t_n"), tree.Var("h"), tree.Num(2)
LESS = tree.Compare("<", A, B)
SIGNS = {
    tree.Num: (tree.Num(2.5e-5), r"2.5 \times 10^{-5}"),
    tree.Sym: (tree.Sym("height", r"H_{\text{in}}"), r"H_{\text{in}}"),
    tree.Var: (tree.Read("x", (K,)), "x_{i}"),
    tree.Read: (tree.Read("x", tuple(map(tree.Var, "nchw"))), "x_{n,c,h,w}"),
    tree.Add: (tree.Add((A, B)), "a + b"),
    tree.Mul: (tree.Mul((A, B)), r"a \cdot b"),
    tree.Neg: (tree.Neg(A), "-a"),
    tree.Div: (tree.Div(A, B), r"\frac{a}{b}"),
    tree.FloorDiv: (tree.FloorDiv(H, TWO), r"\left\lfloor \frac{h}{2} \right\rfloor"),
    tree.Mod: (tree.Mod(H, TWO), r"h \bmod 2"),
    tree.Pow: (tree.Pow(X, TWO), "x^{2}"),
    tree.Apply: (tree.Apply("exp", X), "e^{x}"),
    tree.Extreme: (tree.Extreme("max", (tree.Num(0), X)), r"\max\left(0,\; x\right)"),
    tree.Reduce: (tree.Reduce("sum", (K.over(3),), tree.Read("x", (K,))), r"\sum_{i=0}^{2} x_{i}"),
    tree.Cases: (
        tree.Cases((tree.Case(tree.Compare(">", X, tree.Num(0)), X),), tree.Num(0)),
        r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
    ),
    tree.Bracket: (tree.Bracket(tree.Compare("=", C, D)), r"\left[c = t_n\right]"),
    tree.When: (tree.When("bias", tree.Add((A, B))), "a + b"),
    tree.Compare: (LESS, "a < b"),
    tree.Every: (tree.Every((LESS, LESS)), r"a < b,\; "),
    tree.Either: (tree.Either((LESS, LESS)), r"a < b \text{ or } "),
    tree.Not: (tree.Not(LESS), r"\text{not } \left(a < b\right)"),
    expansion.Cell: (expansion.Cell("x", (0,), 0.2), "0.2"),
    expansion.Listed: (None, "S_{1}"),
}
"""A node of each kind, and how it is printed as far as the glossary has it."""


def test_every_kind_of_node_is_explained():
    base = (tree.Expr, tree.Cond)
    named = {**vars(tree), **vars(expansion)}.values()
    kinds = {k for k in named if isinstance(k, type) and issubclass(k, base) and k not in base}
    assert kinds == set(SIGNS)
    glossary = re.sub(r"_(\w)", r"_{\1}", NOTATION.replace("t_n", "t__n")).replace("t_{_}n", "t_n")
    for kind, (node, sign) in SIGNS.items():
        assert node is None or sign in Printer({"x": "x"}).latex(node), kind
        assert sign in glossary, kind


def test_every_comparison_and_reduction_is_explained():
    for comparison in get_args(tree.Comparison):
        sign = Printer({}).latex(tree.Compare(comparison, A, B))
        assert f"\\({sign}\\)" in NOTATION
    for kind in get_args(tree.Reduction):
        sign = Printer({"x": "x"}).latex(tree.Reduce(kind, (K.over(3),), tree.Read("x", (K,))))
        assert sign.partition("_")[0] + "_" in NOTATION


def test_a_sign_stands_in_the_glossary_once():
    signs = re.findall(r"^\| (.+?) \|", NOTATION, re.MULTILINE)
    found = [sign for sign in signs if sign not in {"sign", "---"}]
    assert len(found) > 60
    assert len(found) == len(set(found))

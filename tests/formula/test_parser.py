"""The oracle itself: the parser reads mathematics as a reader would."""

import math

import pytest
from parser import Parser, UnreadableError

READ = [
    ("1 + 2 \\cdot 3", 7),
    ("-2^{2} + 1", -3),
    ("(-2)^{2}", 4),
    ("\\frac{1}{2} \\cdot 3", 1.5),
    ("7 \\bmod 4 + 1", 4),
    ("2 \\cdot 3 \\bmod 4", 2),
    ("\\left\\lfloor \\frac{-1}{2} \\right\\rfloor", -1),
    ("\\sum_{k=1}^{3} k \\cdot 2 + 1", 13),
    ("\\sum_{k=0}^{2}\\sum_{j=0}^{k} 2j", 8),
    ("\\sum_{\\substack{k=0 \\\\ 2 \\mid k}}^{4} k", 6),
    ("\\max_{\\substack{0 \\le k < 4 \\\\ k \\ne 3}} k^{2}", 4),
    ("\\operatorname*{argmax}_{1 \\le k < 4} (2 - k)^{2}", 0),
    ("\\left[1 < 2 \\le 2,\\; 1 \\ne 2\\right]", 1),
    ("\\begin{cases} 1 & \\text{if } 1 > 2 \\\\ 2 & \\text{otherwise} \\end{cases}", 2),
    ("e^{-1}", math.exp(-1)),
    ("1.5 \\times 10^{-3}", 0.0015),
    ("\\max\\left(1,\\; -\\infty\\right)", 1),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_reads(text, value):
    assert Parser(text).read()({}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["1 + -2", "1 - - 2", "2 \\cdot", "(1", "k", "1 2)", "\\foo"])
def test_refuses(text):
    with pytest.raises(UnreadableError):
        Parser(text).read()

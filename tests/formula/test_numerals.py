"""Constants of a configuration as a reader sees them."""

import math

import pytest
import torch

from generator.formula.numerals import numeral
from generator.formula.text import constant


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1e-5, "10^{-5}"),
        (torch.tensor(1e-5).item(), "10^{-5}"),
        (torch.tensor(0.1).item(), "0.1"),
        (0.1, "0.1"),
        (math.sqrt(2 / math.pi), "0.7978845608028654"),
        (3.0, "3.0"),
        (1e6, "1000000.0"),
        (1.2345678e-5, r"1.2345678 \times 10^{-5}"),
        (torch.finfo(torch.float32).min, r"-3.4028235 \times 10^{38}"),
        (torch.finfo(torch.float32).tiny, r"1.1754944 \times 10^{-38}"),
        (-math.inf, r"-\infty"),
    ],
)
def test_a_constant_is_short(value, shown):
    assert numeral(value) == shown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.finfo(torch.float32).min, "−3.4028235 × 10³⁸ (the lowest float32)"),
        (torch.finfo(torch.float16).max, "65504.0 (the largest float16)"),
        (-1e9, "−10⁹"),
        (2, "2"),
    ],
)
def test_the_end_of_a_range_is_named(value, said):
    assert constant(value) == said

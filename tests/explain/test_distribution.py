"""Distributions count every value once, as NumPy does, and say what is zero or not finite."""

import math

import numpy as np
import pytest
import torch
from pages import explained, step
from torch import nn

from generator.explain.distribution import BINS, MOST, census, distribution


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_counts_are_numpys(dtype):
    tensor = torch.randn(40, 30).to(dtype)
    found = distribution("output", tensor)
    counts, edges = np.histogram(tensor.double().numpy(), BINS)
    assert list(found.counts) == counts.tolist()
    assert (found.low, found.high) == (edges[0], edges[-1])


def test_zeros_and_what_is_not_finite_are_counted_apart():
    tensor = torch.tensor([0.0, -0.0, 1.0, 2.0, math.nan, math.inf, -math.inf, 3.0])
    found = distribution("output", tensor)
    assert (found.elements, found.zeros, found.nan, found.infinite) == (8, 2, 1, 2)
    assert sum(found.counts) == 5
    assert (found.low, found.high) == (0.0, 3.0)
    assert found.rms == pytest.approx(math.sqrt(14 / 5))


@pytest.mark.parametrize("value", [0.0, 2.5])
def test_equal_values_are_one_bin(value):
    found = distribution("output", torch.full((3, 4), value))
    assert found.counts == (12,)
    assert found.zeros == (12 if value == 0 else 0)


def test_values_of_which_none_is_finite():
    assert distribution("output", torch.full((3,), math.nan)).counts == ()


@pytest.mark.parametrize(
    "values", [[-1.7e308, 0.0, 1.7e308], [1e-320, 3e-320, 0.0]], ids=["largest", "least"]
)
def test_the_ends_of_float64(values):
    found = distribution("output", torch.tensor(values, dtype=torch.float64))
    assert sum(found.counts) == 3
    assert found.counts[0] == found.counts[-1] == 1


def test_of_a_large_tensor_a_part_is_counted_and_all_zeros_are():
    tensor = torch.ones(4 * MOST)
    tensor[1] = 0.0
    tensor[0] = 5.0
    found = distribution("output", tensor)
    assert found.zeros == 1
    assert found.sampled > 1
    assert sum(found.counts) == -(-tensor.numel() // found.sampled) <= MOST


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_the_root_mean_square_of_large_numbers(dtype):
    tensor = torch.full((100,), torch.finfo(dtype).max / 2, dtype=dtype)
    assert census(tensor).rms == pytest.approx(float(tensor[0]), rel=1e-5)


def test_a_page_has_the_output_the_parameters_and_their_gradients():
    page = step(explained(nn.Linear(4, 3), torch.randn(2, 4)), "linear")
    assert [(d.title, d.elements) for d in page.distributions] == [
        ("output", 6),
        ("weight", 12),
        ("bias", 3),
        ("gradient of the input", 8),
        ("gradient of the weight", 12),
        ("gradient of the bias", 3),
    ]


class _Joins(nn.Module):
    def forward(self, x):
        return torch.cat([x * 2 + x * 3, x * 4, x * 5])


def test_gradients_have_the_names_that_the_page_has_and_none_is_left_out_silently():
    pages = explained(_Joins(), torch.randn(3, 4, requires_grad=True))
    for name in ("add", "cat"):
        page = step(pages, name)
        called = [o.called or o.name for o in page.operands]
        drawn = [d.title for d in page.distributions if d.title != "output"]
        assert drawn == [f"gradient of the {said}".replace("the operand", "operand")
                         for said in called[:2]]  # fmt: skip
        assert list(page.not_drawn) == called[2:]
    lstm = step(explained(nn.LSTM(3, 4), torch.randn(5, 2, 3)), "lstm")
    assert [d.title for d in lstm.distributions][1:3] == ["weight_ih_l0", "weight_hh_l0"]
    assert lstm.not_drawn == ("bias_ih_l0", "bias_hh_l0")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_what_a_mask_fills_in_is_no_ordinary_number(dtype):
    least = torch.finfo(dtype).min
    tensor = torch.tensor([3.0, -4.0, 0.0, 0.0], dtype=dtype)
    tensor = torch.cat([tensor, torch.full((5,), least, dtype=dtype)])
    shown = distribution("output", tensor)
    assert (shown.low, shown.high, shown.masked, sum(shown.counts)) == (-4, 3, 5, 4)
    assert shown.rms == pytest.approx(2.5)
    assert distribution("output", tensor[4:]).counts == ()


class _Called(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 4))
        self.bias = nn.Parameter(torch.randn(3))

    def forward(self, x):
        return nn.functional.linear(x * 2, self.weight, self.bias)


def test_a_function_shows_the_parameters_that_a_module_would():
    x = torch.randn(2, 4)
    called = step(explained(_Called(), x), "linear")
    module = step(explained(nn.Sequential(nn.Linear(4, 3)), x), "0")
    shown = [found.title for found in called.distributions]
    assert shown == [found.title for found in module.distributions]
    assert shown[1:3] == ["weight", "bias"]

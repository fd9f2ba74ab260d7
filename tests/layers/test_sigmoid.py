"""Sigmoid's and tanh's spellings, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Refused

CALLS = {
    "nn.Sigmoid": nn.Sigmoid(),
    "F.sigmoid": F.sigmoid,
    "torch.sigmoid": torch.sigmoid,
    "torch.sigmoid_": torch.sigmoid_,
    "Tensor.sigmoid": lambda x: x.sigmoid(),
    "Tensor.sigmoid_": lambda x: x.sigmoid_(),
    "nn.Tanh": nn.Tanh(),
    "F.tanh": F.tanh,
    "torch.tanh": torch.tanh,
    "torch.tanh_": torch.tanh_,
    "Tensor.tanh": lambda x: x.tanh(),
    "Tensor.tanh_": lambda x: x.tanh_(),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_spelling_is_explained(name):
    formula, operands, result = spellings.explained(lambda: CALLS[name](torch.randn(3, 4)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.parametrize("function", [torch.sigmoid, torch.tanh])
@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_whole_numbers_and_truth_values_have_no_gradient(function, dtype):
    x = torch.tensor([0, 1, 3]).to(dtype)
    formula, operands, result = spellings.explained(lambda: function(x))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert not formula.gradients


@pytest.mark.parametrize("function", [torch.sigmoid, torch.tanh])
def test_complex_numbers_are_refused(function):
    with pytest.raises(Refused, match="complex64"):
        spellings.explained(lambda: function(torch.ones(3, dtype=torch.complex64)))


def test_a_fault_of_one_part_in_fifty_thousand_is_caught():
    formula, operands, result = spellings.explained(lambda: torch.sigmoid(torch.randn(4)))
    with pytest.raises(AssertionError, match="4 of 4"):
        harness.compare(
            "output", configure(formula.forward, formula.settings), operands, result * (1 + 2e-5)
        )

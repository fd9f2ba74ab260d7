"""Tanh's spellings, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Refused

CALLS = {
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


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_whole_numbers_and_truth_values_have_no_gradient(dtype):
    x = torch.tensor([0, 1, 3]).to(dtype)
    formula, operands, result = spellings.explained(lambda: torch.tanh(x))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert not formula.gradients


def test_complex_numbers_are_refused():
    with pytest.raises(Refused, match="complex64"):
        spellings.explained(lambda: torch.tanh(torch.ones(3, dtype=torch.complex64)))

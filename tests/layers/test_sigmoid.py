"""Sigmoid's spellings, and what is refused."""

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
}


@pytest.mark.parametrize("name", CALLS)
def test_every_spelling_is_explained(name):
    formula, operands, result = spellings.explained(lambda: CALLS[name](torch.randn(3, 4)))
    harness._compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_other_types_are_refused(dtype):
    with pytest.raises(Refused, match=str(dtype).removeprefix("torch.")):
        spellings.explained(lambda: torch.sigmoid(torch.ones(3, dtype=dtype)))


def test_a_fault_of_one_part_in_fifty_thousand_is_caught():
    formula, operands, result = spellings.explained(lambda: torch.sigmoid(torch.randn(4)))
    with pytest.raises(AssertionError, match="4 of 4"):
        harness._compare(
            "output", configure(formula.forward, formula.settings), operands, result * (1 + 2e-5)
        )

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
    harness._compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64])
def test_other_types_are_refused(dtype):
    with pytest.raises(Refused, match=str(dtype).removeprefix("torch.")):
        spellings.explained(lambda: torch.tanh(torch.ones(3, dtype=dtype)))

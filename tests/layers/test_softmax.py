"""Softmax and its logarithm: their spellings, the implicit axis, and what is refused."""

import harness
import pytest
import samples
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Refused

CALLS = {
    "nn.Softmax": nn.Softmax(-1),
    "F.softmax": lambda x: F.softmax(x, 1),
    "torch.softmax": lambda x: torch.softmax(x, dim=-1),
    "Tensor.softmax": lambda x: x.softmax(1),
    "torch.special.softmax": lambda x: torch.special.softmax(x, 1),
    "nn.LogSoftmax": nn.LogSoftmax(-1),
    "F.log_softmax": lambda x: F.log_softmax(x, 1),
    "torch.log_softmax": lambda x: torch.log_softmax(x, dim=-1),
    "Tensor.log_softmax": lambda x: x.log_softmax(1),
    "torch.special.log_softmax": lambda x: torch.special.log_softmax(x, 1),
}


@pytest.fixture(params=[F.softmax, F.log_softmax], ids=lambda function: function.__name__)
def function(request):
    return request.param


@pytest.mark.parametrize("name", CALLS)
def test_every_spelling_is_explained(name):
    formula, operands, result = spellings.explained(lambda: CALLS[name](torch.randn(3, 4)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_the_implicit_axis_is_torchs(function, rank):
    x = torch.randn((2, 3, 2, 4)[:rank])
    formula, operands, result = spellings.explained(lambda: function(x))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert "The axis was not given" in [note.title for note in formula.notes]


def test_a_coarser_type_is_refused(function):
    with pytest.raises(Refused, match=r"dtype=torch\.float16"):
        spellings.explained(lambda: function(torch.randn(2, 3), 1, dtype=torch.float16))


def test_a_finer_type_is_computed_in(function):
    x = torch.randn(4, 9).half().requires_grad_()
    assert samples.check(lambda: function(x, 1, dtype=torch.float32))


def test_integers_with_a_type_are_refused(function):
    with pytest.raises(Refused, match="int64"):
        spellings.explained(lambda: function(torch.ones(3).long(), 0, dtype=torch.float32))


def test_a_scalar_is_refused(function):
    with pytest.raises(Refused, match="scalar"):
        spellings.explained(lambda: function(torch.tensor(1.0), 0))


def test_the_wrong_axis_is_caught(function):
    x = torch.randn(3, 3)
    formula, operands, _ = spellings.explained(lambda: function(x, 0))
    equation = configure(formula.forward, formula.settings)
    with pytest.raises(AssertionError, match="elements off"):
        harness.compare("output", equation, operands, function(x, 1))

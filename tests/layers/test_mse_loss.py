"""What of the squared error is refused, and that its reductions are told apart."""

import harness
import pytest
import spellings
import torch
from torch import nn
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Refused

X = torch.randn(2, 3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda: F.mse_loss(X, X + 1, weight=torch.rand(2, 3)), "weight"),
        (lambda: F.mse_loss(X, X + 1, size_average=False), "size_average"),
        (lambda: F.mse_loss(X, X + 1, reduce=False), "reduce"),
        (lambda: F.mse_loss(X, (X + 1).double()), "mixed types"),
    ],
)
def test_what_is_not_explained_is_refused(run, words):
    with pytest.raises(Refused, match=words):
        spellings.explained(run)


@pytest.mark.filterwarnings("ignore:size_average")
def test_a_module_with_the_old_argument_has_the_new_one():
    formula, operands, result = spellings.explained(
        lambda: nn.MSELoss(size_average=False)(X, X + 1)
    )
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert "added up" in formula.summary


def test_the_mean_over_the_batch_alone_would_be_caught():
    target = torch.randn(2, 3)
    formula, operands, result = spellings.explained(lambda: F.mse_loss(X, target))
    equation = configure(formula.forward, formula.settings)
    with pytest.raises(AssertionError, match="1 of 1"):
        harness.compare("output", equation, operands, result * 3)

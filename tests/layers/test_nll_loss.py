"""The function with class weights, types of labels, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.layers.registry import Refused

X = torch.randn(4, 3).log_softmax(1)
T = torch.tensor([0, 2, 1, 2])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_class_weights_of_the_function(reduction):
    weight = torch.rand(3)
    formula, operands, result = spellings.explained(
        lambda: F.nll_loss(X, T, weight, ignore_index=1, reduction=reduction)
    )
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    titles = [note.title for note in formula.notes]
    assert ("The mean is weighted too" in titles) == (reduction == "mean")


def test_labels_may_be_bytes():
    formula, operands, result = spellings.explained(lambda: F.nll_loss(X, T.to(torch.uint8)))
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)


def test_class_weights_have_no_gradient():
    formula, _, _ = spellings.explained(lambda: F.nll_loss(X, T, torch.rand(3)))
    assert set(formula.gradients) == {"input"}


@pytest.mark.filterwarnings("ignore:size_average")
@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda: F.nll_loss(X, T, size_average=False), "size_average"),
        (lambda: F.nll_loss(X, T, reduce=False), "reduce"),
    ],
)
def test_what_is_not_explained_is_refused(run, words):
    with pytest.raises(Refused, match=words):
        spellings.explained(run)


def test_dividing_by_the_count_would_be_caught():
    weight = torch.tensor([0.2, 1.0, 3.0])
    formula, operands, result = spellings.explained(lambda: F.nll_loss(X, T, weight))
    wrong = result * weight[T].sum() / 4
    with pytest.raises(AssertionError, match="1 of 1"):
        harness.compare("output", configure(formula.forward, formula.settings), operands, wrong)

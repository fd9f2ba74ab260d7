"""The function with class weights, both kinds of target, and what is refused."""

import harness
import pytest
import spellings
import torch
from torch.nn import functional as F

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.layers.registry import Refused

X = torch.randn(4, 3)
T = torch.tensor([0, 2, 1, 2])
Q = torch.randn(4, 3).softmax(1)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_class_weights_of_the_function(reduction, smoothing):
    options = {"ignore_index": 1, "reduction": reduction, "label_smoothing": smoothing}
    formula, operands, result = spellings.explained(
        lambda: F.cross_entropy(X, T, torch.rand(3), **options)
    )
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)
    assert set(formula.gradients) == {"input"}


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_class_weights_have_a_gradient_for_probabilities(reduction, smoothing):
    weight = torch.rand(3, requires_grad=True)
    formula, operands, result = spellings.explained(
        lambda: F.cross_entropy(X, Q, weight, reduction=reduction, label_smoothing=smoothing)
    )
    upstream = torch.randn_like(result)
    (expected,) = torch.autograd.grad(result, weight, upstream)
    equation = configure(formula.gradients["weight"], formula.settings)
    given = {**operands, "weight": weight.detach(), "grad_output": upstream}
    harness.compare("gradient of weight", equation, given, expected)


def test_a_mean_over_nothing_is_nan_as_torchs():
    labels = torch.full((4,), -100)
    formula, operands, result = spellings.explained(lambda: F.cross_entropy(X, labels))
    found = evaluate(configure(formula.forward, formula.settings), operands).values
    assert result.isnan()
    assert found.isnan().all()


def test_an_ignored_label_that_is_no_class_is_not_read():
    labels = torch.tensor([0, 99, 1, 99])
    formula, operands, result = spellings.explained(
        lambda: F.cross_entropy(X, labels, ignore_index=99)
    )
    harness.compare("output", configure(formula.forward, formula.settings), operands, result)


def test_a_label_that_is_no_class_is_an_error():
    formula, operands, _ = spellings.explained(lambda: F.cross_entropy(X, T))
    operands["target"] = torch.tensor([0, 99, 1, 2])
    with pytest.raises(IndexError, match="outside"):
        evaluate(configure(formula.forward, formula.settings), operands)


@pytest.mark.filterwarnings("ignore:size_average")
@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda: F.cross_entropy(X, T, size_average=False), "size_average"),
        (lambda: F.cross_entropy(X, T, reduce=False), "reduce"),
        (lambda: F.cross_entropy(X.double(), Q), "mixed types"),
    ],
)
def test_what_is_not_explained_is_refused(run, words):
    with pytest.raises(Refused, match=words):
        spellings.explained(run)


def test_shifted_labels_would_be_caught():
    formula, operands, result = spellings.explained(lambda: F.cross_entropy(X, T))
    operands["target"] = (T + 1) % 3
    with pytest.raises(AssertionError, match="1 of 1"):
        harness.compare("output", configure(formula.forward, formula.settings), operands, result)

"""Conversions: what changes no number, and what is refused because it may."""

import pytest
import torch
from spellings import explained

from generator.formula.configure import configure
from generator.formula.evaluate import evaluate
from generator.layers.registry import Refused

X = torch.randn(2, 3)


@pytest.mark.parametrize(
    "run",
    [
        (X > 0).float,
        lambda: (X > 0).to(torch.bfloat16),
        lambda: torch.arange(3, dtype=torch.int8).half(),
        lambda: torch.arange(3, dtype=torch.int16).to(dtype=torch.float32),
        lambda: torch.arange(3, dtype=torch.int32).double(),
        lambda: X.to("cpu", torch.float32, copy=True),
    ],
)
def test_whole_numbers_stay_what_they_are(run):
    formula, operands, result = explained(run)
    found = evaluate(configure(formula.forward, formula.settings), operands)
    assert torch.equal(found.values, result.double().flatten())


def test_no_gradient_goes_back_to_whole_numbers():
    assert explained((X > 0).float)[0].gradients == {}
    assert set(explained(X.float)[0].gradients) == {"input"}


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (X.half, "float32 to float16"),
        (X.double, "float32 to float64"),
        (lambda: X.to(torch.int64), "float32 to int64"),
        (lambda: torch.arange(3, dtype=torch.int32).float(), "int32 to float32"),
        (lambda: torch.arange(3).double(), "int64 to float64"),
        (lambda: X.to(torch.complex64), "complex64"),
        (lambda: X.to(torch.zeros(2)), "a tensor as the model"),
    ],
)
def test_what_may_round_is_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)

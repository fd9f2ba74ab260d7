"""Conversions: what changes no number, what rounds or wraps, and what is refused."""

import pytest
import torch
from harness import compare
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
    "run",
    [
        X.half,
        X.double,
        lambda: X.to(torch.int64),
        (100 * X).long,
        (1e6 * X).int,
        lambda: torch.tensor([2**24 + 1, -(2**31) + 1], dtype=torch.int32).float(),
        lambda: torch.tensor([2**53 + 1, -(2**62) + 1]).double(),
        lambda: torch.tensor([2**53 + 1, -(2**62) + 1]).bfloat16(),
        lambda: X.double().to(torch.float32),
        (1e6 * X).half,
        (1e-6 * X).half,
        (1e300 * X.double()).float,
        lambda: X.to(torch.zeros(2)),
        lambda: X.type_as(torch.arange(2)),
        lambda: X.type(torch.float16),
        lambda: torch.tensor([0.0, -0.0, torch.nan, 1e-40, torch.inf]).bool(),
        lambda: torch.arange(-300, 300, 7).to(torch.int8),
        lambda: torch.arange(-300, 300, 7).to(torch.uint8),
        lambda: torch.tensor([2**31, 2**32 + 5, -(2**31) - 1]).int(),
    ],
)
def test_conversions_are_explained(run):
    formula, operands, result = explained(run)
    compare("output", configure(formula.forward, formula.settings), operands, result)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda: X.to(torch.complex64), "complex64"),
        (lambda: X.to(torch.float8_e5m2), "float8_e5m2"),
        (lambda: torch.arange(3).to(torch.uint16), "uint16"),
    ],
)
def test_types_that_torch_hardly_computes_with_are_refused(run, said):
    with pytest.raises(Refused, match=said):
        explained(run)

"""Losses on elements: torch's own samples, extremes, and what is refused."""

import itertools

import pytest
import samples
import spellings
import torch
from torch.nn import functional as F

from generator.layers.registry import Refused


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("l1_loss", 0),
        ("smooth_l1_loss", 0),
        ("huber_loss", 0),
        ("mse_loss", 0),
        ("binary_cross_entropy", 0),
        ("binary_cross_entropy_with_logits", 0),
        ("kl_div", 0),
        ("margin_ranking_loss", 0),
        ("hinge_embedding_loss", 0),
        ("soft_margin_loss", None),
        ("poisson_nll_loss", None),
        ("gaussian_nll_loss", None),
    ],
)
def test_torchs_samples(name, refused, dtype):
    given = itertools.islice(samples.samples(f"nn.functional.{name}", dtype), 30)
    found = [samples.check(run) for run, _ in given]
    assert any(found) or dtype is torch.float16
    assert refused is None or found.count(False) == refused


def test_probabilities_of_exactly_zero_and_one():
    x = torch.tensor([0.0, 1.0, 0.0, 1.0, 1e-20], requires_grad=True)
    target = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0])
    for how in ("none", "mean"):
        assert samples.check(lambda h=how: F.binary_cross_entropy(x, target, reduction=h))


def test_scores_of_any_size():
    x = torch.tensor([0.0, 1e4, -1e4, 1e30, -1e30, torch.inf, -torch.inf, torch.nan])
    target = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    x.requires_grad_()
    assert samples.check(lambda: F.binary_cross_entropy_with_logits(x, target, reduction="none"))


def test_shares_of_zero_cost_nothing():
    x = torch.randn(4, requires_grad=True)
    target = torch.tensor([0.0, 0.5, 0.5, 0.0])
    assert samples.check(lambda: F.kl_div(x, target, reduction="sum"))


def test_mixed_types_are_refused():
    with pytest.raises(Refused, match="mixed types"):
        spellings.explained(lambda: F.l1_loss(torch.randn(3), torch.randn(3).double()))


def test_whole_counts_in_float64_are_refused():
    x, counts = torch.randn(3).double(), torch.arange(3)
    with pytest.raises(Refused, match="in float32"):
        spellings.explained(lambda: F.poisson_nll_loss(x, counts, full=True))

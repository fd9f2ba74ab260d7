"""Cosines and distances of vectors: torch's own samples, vectors of length zero, and refusals."""

import pytest
import samples
import spellings
import torch
from torch.nn import functional as F

from generator.layers.registry import Refused


@pytest.mark.parametrize("name", ["cosine_similarity", "pairwise_distance"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_torchs_samples(name, dtype):
    found = [samples.check(run) for run, _ in samples.samples(f"nn.functional.{name}", dtype)]
    assert found
    assert found.count(False) <= 1  # of scalars


def test_vectors_of_length_zero():
    a, b = torch.randn(3, 4), torch.randn(3, 4)
    a[0] = 0
    b[1] = 0
    a.requires_grad_()
    b.requires_grad_()
    assert samples.check(lambda: F.cosine_similarity(a, b))
    assert samples.check(lambda: F.pairwise_distance(a, a.detach(), eps=0.0))


def test_the_largest_difference_is_refused():
    with pytest.raises(Refused, match="p = inf"):
        spellings.explained(
            lambda: F.pairwise_distance(torch.rand(2, 3), torch.rand(2, 3), torch.inf)
        )

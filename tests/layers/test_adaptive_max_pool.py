"""Adaptive max pooling: random sizes, NaN, whole numbers, and the names that a recording has."""

import itertools
import random

import pytest
import samples
import torch
from torch import nn
from torch.nn import functional as F


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("indices", [False, True])
def test_random_sizes(rank, indices):
    numbers = random.Random(rank)
    function = getattr(F, f"adaptive_max_pool{rank}d")
    for _ in range(12):
        shape = (2, 2, *(numbers.randint(1, 7) for _ in range(rank)))
        size = tuple(numbers.randint(1, 5) for _ in range(rank))
        x = torch.randint(-3, 3, shape).float().requires_grad_()
        assert samples.check(lambda x=x, s=size: function(x, s, return_indices=indices))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("name", ["adaptive_max_pool", "max_pool", "adaptive_avg_pool", "avg_pool"])
def test_torchs_samples(name, rank):
    given = samples.samples(f"nn.functional.{name}{rank}d")
    found = [samples.check(run) for run, _ in itertools.islice(given, 8)]
    assert found
    assert all(found)


def test_one_value_that_is_no_number():
    x = torch.randn(1, 2, 5, 5)
    x[0, 0, 2, 2] = torch.nan
    x.requires_grad_()
    assert samples.check(lambda: F.adaptive_max_pool2d(x, 3, return_indices=True))


def test_whole_numbers_have_no_gradient():
    x = torch.randint(-9, 9, (2, 6, 6))
    assert samples.check(lambda: F.max_pool2d(x, 3, 2, 1, return_indices=True))


def test_a_module_with_indices():
    x = torch.randn(1, 2, 7, 5, requires_grad=True)
    assert samples.check(lambda: nn.AdaptiveMaxPool2d((3, 2), return_indices=True)(x))

"""Multiply-adds are counted in one way: products of two values that are added to something."""

import harness
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generator.layers.registry import Example

X = (4, 3, 6, 6)


@pytest.mark.parametrize(
    ("function", "args", "count"),
    [
        (nn.Conv2d(3, 5, 3), (torch.randn(X),), 4 * 5 * 16 * 27),
        (nn.Linear(6, 5), (torch.randn(4, 6),), 4 * 5 * 6),
        (nn.Linear(6, 5, bias=False), (torch.randn(4, 6),), 4 * 5 * 6),
        (nn.BatchNorm2d(3).eval(), (torch.randn(X),), 4 * 3 * 36),
        (nn.BatchNorm2d(3).train(), (torch.randn(X),), 2 * 4 * 3 * 36),
        (nn.BatchNorm2d(3, affine=False).eval(), (torch.randn(X),), 0),
        (nn.LayerNorm(6), (torch.randn(4, 6),), 2 * 24),
        (nn.LayerNorm(6, bias=False), (torch.randn(4, 6),), 24),
        (nn.AvgPool2d(2), (torch.randn(X),), 0),
        (nn.Dropout(), (torch.randn(4, 6),), 0),
        (torch.mul, (torch.randn(4), torch.randn(4)), 0),
        (torch.mean, (torch.randn(4, 6),), 0),
        (F.mse_loss, (torch.randn(4, 6), torch.randn(4, 6)), 24),
        (nn.MSELoss(reduction="none"), (torch.randn(4), torch.randn(4)), 0),
        (nn.CrossEntropyLoss(), (torch.randn(2, 3), torch.tensor([0, 2])), 0),
        (nn.CrossEntropyLoss(torch.rand(3)), (torch.randn(2, 3), torch.tensor([0, 2])), 2),
        (nn.CrossEntropyLoss(), (torch.randn(2, 3), torch.rand(2, 3)), 6),
        (nn.NLLLoss(), (torch.randn(2, 3), torch.tensor([0, 2])), 0),
    ],
)
def test_counts(function, args, count):
    assert harness.run(Example("", lambda: (function, args, {}))).formula.multiply_adds == count

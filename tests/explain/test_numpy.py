"""Numbers, arrays and ranges in the brackets of x[…] and among other arguments."""

import numpy as np
import pytest
import torch
from pages import explained
from torch import nn

ALL = slice(None)


class At(nn.Module):
    def __init__(self, index):
        super().__init__()
        self.index = index

    def forward(self, x):
        return x[self.index] * np.float64(0.5)


class Written(At):
    def forward(self, x):
        y = x.clone()
        y[self.index] = np.int64(2)
        return y


@pytest.mark.parametrize("module", [At, Written])
@pytest.mark.parametrize(
    "index",
    [
        np.int64(1),
        (0, np.int32(-1)),
        slice(np.int64(1), None),
        range(0, 4, 2),
        (ALL, range(3)),
        (range(2), [1, np.int64(2)]),
        np.array(2),
        np.array([0, 2]),
        (ALL, np.array([0, 2, -1])),
        np.array([[0, 1], [1, 0]]),
        np.array([True, False, True, False]),
    ],
    ids=str,
)
def test_numpys_numbers_arrays_and_ranges_are_indices(module, index):
    pages = explained(module(index), torch.randn(4, 6))
    assert {v.status for s in pages.steps for v in s.verdicts} == {"verified"}


def test_an_array_of_fractions_is_no_index():
    (page, *_) = explained(At(np.array([0.0, 1.0])), torch.randn(4, 6)).steps
    assert "float64" in page.refused

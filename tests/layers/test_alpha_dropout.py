"""Alpha dropout: the mask where there is no graph, and saturated inputs."""

import pytest
import samples
import spellings
import torch
from torch.nn import functional as F

from generator.layers.registry import Refused


@pytest.mark.parametrize("function", [F.alpha_dropout, F.feature_alpha_dropout])
def test_the_mask_without_a_graph(function):
    x = F.selu(5 * torch.randn(6, 7, 3))
    assert samples.check(lambda: function(x, 0.4, training=True))


def test_nothing_is_left():
    with pytest.raises(Refused, match="p=1"):
        spellings.explained(lambda: F.alpha_dropout(torch.randn(3), 1.0, training=True))

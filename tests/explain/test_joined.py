"""The gradient of one tensor that a step is given as several arguments."""

import torch
from pages import explained, step
from torch import nn
from torch.nn import functional as F


class Itself(nn.Module):
    """A tensor that attends to itself."""

    def forward(self, x):
        return F.scaled_dot_product_attention(x, x, x)


class Attending(nn.Module):
    """Keys and values are one tensor, queries another."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x, memory):
        return self.attention(x, memory, memory)[0]


def statuses(page):
    return {v.of: v.status for v in page.verdicts}


def test_self_attention_has_one_gradient():
    torch.manual_seed(0)
    page = step(explained(Itself(), torch.randn(2, 3, 4)), "scaled_dot_product_attention")
    assert statuses(page)["grad query, key, value"] == "verified"
    (gradient,) = page.gradients
    assert gradient.title == "Gradient of the query, which is also the key and the value"
    assert r"\mathrm{d} L" in gradient.general
    assert gradient.derivative is not None
    assert gradient.derivative < 1e-8


def test_keys_and_values_alone():
    torch.manual_seed(0)
    pages = explained(Attending(), torch.randn(2, 3, 4), torch.randn(2, 5, 4))
    found = statuses(step(pages, "attention"))
    assert found["grad query"] == found["grad key, value"] == "verified"


def test_arguments_that_autograd_tells_apart_are_apart():
    class Square(nn.Module):
        def forward(self, x):
            return x * x

    found = statuses(step(explained(Square(), torch.randn(3)), "mul"))
    assert found["grad x"] == found["grad other"] == "verified"

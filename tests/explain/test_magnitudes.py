"""What is said across a model is what torch gives, and a dead layer is named."""

import pytest
import torch
from pages import explained
from torch import nn

from generator.explain.magnitudes import MOST_LEVELS, NAMED


def named(pages, by):
    """The names of the steps that stand out by something."""
    return [s.title for one in pages.magnitudes.standing if one.by == by for s in one.steps]


def test_magnitudes_are_those_of_a_plain_run():
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
    x = torch.randn(5, 4)
    pages = explained(net, x)
    values, value = [], x
    for module in net:
        value = module(value)
        value.retain_grad()
        values.append(value)
    (values[-1] ** 2).sum().div(2).backward()
    for level, value, module in zip(pages.magnitudes.levels, values, net, strict=True):
        assert level.output == pytest.approx((value.square().mean().sqrt().item(),) * 2)
        assert level.gradient == pytest.approx((value.grad.square().mean().sqrt().item(),) * 2)
        assert level.parameters == sum(p.numel() for p in module.parameters())
    assert named(pages, "parameters") == ["0"]
    assert pages.magnitudes.steps == 3


def test_a_dead_layer_and_what_it_cuts_off_are_named():
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    nn.init.constant_(net[0].bias, -100.0)
    pages = explained(net, torch.rand(5, 4))
    assert named(pages, "dead output") == ["1"]
    assert named(pages, "dead gradient") == ["0"]
    assert [level.dead for level in pages.magnitudes.levels] == [False, True, False]
    assert [level.cut for level in pages.magnitudes.levels] == [True, False, False]
    assert pages.magnitudes.levels[1].zeros == 1.0


def test_a_constant_of_zeros_is_not_dead():
    class Padded(nn.Module):
        def forward(self, x):
            return x + torch.zeros(4)

    assert named(explained(Padded(), torch.randn(2, 4)), "dead output") == []


def test_what_is_not_finite_is_named():
    class Root(nn.Module):
        def forward(self, x):
            return (x - 100).sqrt() * 2

    pages = explained(Root(), torch.rand(3))
    assert named(pages, "broken") == ["sub", "sqrt", "mul"]  # the gradient of the first is NaN


def test_a_parameter_that_is_read_twice_counts_once():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(7, 4)

        def forward(self, x):
            return self.table(x) @ self.table.weight.T

    pages = explained(Tied(), torch.tensor([1, 2]))
    assert sum(level.parameters for level in pages.magnitudes.levels) == 28


def test_many_steps_are_bounded():
    net = nn.Sequential(*(nn.Linear(2, 2) for _ in range(3 * MOST_LEVELS - 1)))
    for layer in net:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    found = explained(net, torch.randn(1, 2)).magnitudes
    assert len(found.levels) == MOST_LEVELS
    assert found.levels[0].more == 2
    assert sum(level.parameters for level in found.levels) == found.steps * 6
    (dead,) = (one for one in found.standing if one.by == "dead output")
    assert len(dead.steps) == NAMED
    assert dead.more == found.steps - NAMED

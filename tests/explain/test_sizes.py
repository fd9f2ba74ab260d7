"""Pages of what has very much to show: none is longer than its bound."""

import pytest
import torch
from breaking import Function
from pages import explained
from torch import nn

from generator.render import render_model
from generator.render.division import MOST


def called_often(layer, times=30):
    def run(x):
        for _ in range(times):
            x = torch.tanh(layer(x))
        return x

    return Function(run)


WORST = {
    "many operands": lambda: (Function(lambda x: torch.stack([x] * 300)), torch.randn(3, 4)),
    "many stages": lambda: (nn.LSTM(32, 48, 2, bidirectional=True), torch.randn(4, 2, 32)),
    "many calls": lambda: (called_often(nn.Linear(64, 64)), torch.randn(4, 64)),
    "many steps": lambda: (nn.Sequential(*(nn.Tanh() for _ in range(700))), torch.randn(2, 3)),
}


@pytest.mark.parametrize("name", WORST)
def test_no_page_is_longer_than_its_bound(name):
    torch.manual_seed(0)
    module, x = WORST[name]()
    found = render_model(explained(module, x))
    sizes = {page: len(text.encode()) for page, text in found.items() if isinstance(text, str)}
    assert {page: size for page, size in sizes.items() if size > MOST} == {}
    if name != "many calls":
        assert any("~part" in page for page in sizes)

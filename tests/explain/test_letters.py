"""A letter on a page is among its symbols, and stands for one thing."""

import re

import lettering
import pytest
import torch
from calls import formula_of
from pages import explained
from torch import nn

from generator.layers import elementwise
from generator.layers.registry import all_examples

EVERY_RANK = set("ncdhwijNCDHWIJ")
"""Letters of the axes of tensors of which only the shape is known, whatever their number."""
OF_FEW_AXES = {"diagonal.py"}
"""Formulas that give the axes other letters themselves where they need these."""


MOST = 2
"""Examples of one file that are looked at in every run."""


def some(examples):
    step = -(-len(examples) // MOST)
    return examples[::step]


@pytest.mark.parametrize("file", sorted(all_examples()))
def test_symbols_of_a_formula_have_one_meaning(file, monkeypatch):
    check(file, some(all_examples()[file]), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(all_examples()))
def test_symbols_of_every_formula_have_one_meaning(file, monkeypatch):
    check(file, all_examples()[file], monkeypatch)


def check(file, examples, monkeypatch):
    usual = []

    def axes(shape, mark=""):
        found = original(shape, mark)
        usual.append(found)
        return found

    original = elementwise.axes
    monkeypatch.setattr(elementwise, "axes", axes)
    for example in examples:
        usual.clear()
        formula = formula_of(example)
        assert not lettering.open_letters(formula), example.name
        if usual and file not in OF_FEW_AXES:
            own = {v.name for a in usual for v in a.indices}
            own |= {size.latex for a in usual for size in a.sizes}
            table = lettering.symbols(formula, {}, lettering.meanings(formula))
            taken = {row.latex for row in table} & (EVERY_RANK - own)
            assert not taken, f"{example.name}: an axis of a tensor of another rank is called so"


class Shared(nn.Module):
    """A table that is read twice, what several steps read, and long sums."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 6)
        self.norm = nn.LayerNorm(6)
        self.wide = nn.Linear(6, 90)
        self.narrow = nn.Linear(90, 6)

    def forward(self, x):
        h = self.table(x)
        h = h + self.narrow(self.wide(self.norm(h)).relu())
        h = torch.where(h > 0, h, 0.1 * h).transpose(0, 1)
        h = h.reshape(2, -1, 6)[:, 1:].softmax(-1)
        images = h.reshape(1, 2, 2, -1)
        h = torch.where(images > 0.2, images, images.abs()).flatten(1)
        return h @ h.transpose(0, 1) + (self.table.weight.T @ self.table.weight).sum()


def test_every_letter_of_a_page_is_among_its_symbols():
    pages = explained(Shared(), torch.tensor([[1, 2, 3], [3, 4, 4]]))
    assert len(pages.steps) > 20
    for page in pages.steps:
        assert not lettering.open_letters_of(page), page.name
        assert not lettering.twice(page), page.name


def test_parts_of_gradients_have_numbers_of_their_own_on_a_page():
    pages = explained(Shared(), torch.tensor([[1, 2, 3], [3, 4, 4]]))
    (page,) = (p for p in pages.steps if p.step == "table")
    sums = [set(re.findall(r"g\^\{\(\d+\)\}", found.section.general)) for found in page.sums]
    assert [len(parts) >= 2 for parts in sums] == [True, True]
    assert not sums[0] & sums[1]
    assert sums[0] | sums[1] <= {row.latex for row in page.symbols}
    assert r"\partial y_{n,t,j}}" in page.sums[0].section.general


def test_a_table_has_the_indices_of_its_sum():
    pages = explained(nn.Sequential(nn.Linear(3, 4), nn.Softmax(-1)), torch.randn(2, 3))
    (gradient,) = pages.steps[1].gradients
    for grid in gradient.worked[0].grids:
        assert f"{grid.column_axis}}}" in grid.symbol

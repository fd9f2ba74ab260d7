"""Layers of one type, the same layer in other blocks, and the largest layers."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from generator.capture import record
from generator.explain import explain_model
from generator.recognition import draws, is_step


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.inner = nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    def forward(self, x):
        return functional.relu(self.fc(x)) + self.inner(x)


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.ModuleList(Block() for _ in range(12))
        self.weight = nn.Parameter(torch.ones(2, 7))
        self.out = nn.Linear(2, 5)

    def forward(self, x):
        for block in self.h:
            x = block(x)
        return self.out(x).sum() + (x @ self.weight).sum()


@pytest.fixture(scope="module")
def model():
    recording = record(
        Blocks(), (torch.ones(1, 2),), {}, is_step=is_step, draws=draws(), loss=None,
        device=torch.device("cpu"),
    )  # fmt: skip
    return explain_model(
        recording, name="net", title="Net", summary="", source="", elements={}, decimals=6
    )


def of(model, name):
    return next(step.related for step in model.steps if step.name == name)


def title(link):
    return None if link is None else link.title


def ways(found):
    return tuple(map(title, (found.first, found.previous, found.next, found.last)))


def test_layers_of_one_type_are_counted_in_the_order_of_the_run(model):
    found = of(model, "h.1.fc")
    assert (found.type, found.place, found.count) == ("Linear", 3, 25)
    assert (found.previous.title, found.next.title) == ("h.0.inner.0", "h.1.inner.0")
    assert found.previous.page == "models/net/h.0.inner.0.md"


def test_a_module_and_a_function_of_one_type_belong_together(model):
    assert of(model, "h.0.relu").count == 24


@pytest.mark.parametrize(
    ("block", "wanted"),
    [
        (0, (None, None, "h.1", "h.11")),
        (1, (None, "h.0", "h.2", "h.11")),
        (5, ("h.0", "h.4", "h.6", "h.11")),
        (10, ("h.0", "h.9", "h.11", None)),
        (11, ("h.0", "h.10", None, None)),
    ],
)
def test_the_same_layer_in_other_blocks(model, block, wanted):
    [found] = of(model, f"h.{block}.fc").siblings
    assert ways(found) == wanted
    assert found.count == 12
    [container] = [c for c in model.containers if c.name == f"h.{block}.inner"]
    assert ways(container.siblings[0]) == wanted


def test_a_layer_outside_of_blocks_has_no_siblings(model):
    assert of(model, "out").siblings == ()


def test_the_largest_layers_come_first_also_where_a_function_reads_the_parameter(model):
    found = [(r.link.title, r.number, r.times) for r in model.catalogue.by_parameters]
    assert found == [
        ("out", 15, 1), ("matmul", 14, 1), ("h.0.fc", 6, 12), ("h.0.inner.0", 6, 12),
    ]  # fmt: skip
    assert sum(r.share for r in model.catalogue.by_parameters) == pytest.approx(1)
    most = model.catalogue.by_multiply_adds
    assert (most[0].link.title, most[0].number) == ("matmul", 14)
    assert sum(r.number * r.times for r in most) == model.multiply_adds


def test_the_list_by_type_has_every_step_once(model):
    families = [family for kind in model.catalogue.types for family in kind.families]
    listed = [link.page for family in families for link in family.links]
    assert sorted(listed) == sorted({step.page for step in model.steps})
    assert sum(kind.count for kind in model.catalogue.types) == len(listed)
    linear = next(kind for kind in model.catalogue.types if kind.title == "Linear")
    assert [f.name for f in linear.families] == ["h.*.fc", "h.*.inner.*", ""]
    assert [link.title for link in linear.families[1].links][:2] == ["(0, 0)", "(1, 0)"]

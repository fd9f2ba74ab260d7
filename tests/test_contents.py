"""The navigation of a model: its containers, their parts in run order, no level too long."""

import torch
from torch import nn

from generator import document
from generator.contents import BY_TYPE
from generator.site import summaries


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        return x + torch.tanh(self.fc(x))


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.ModuleList(Block() for _ in range(30))
        self.out = nn.Linear(2, 2)

    def forward(self, x):
        for block in self.h:
            x = block(x)
        return self.out(x)


def contents(folder, module):
    document(module, (torch.ones(1, 2),), name="net", docs=folder)
    [summary] = summaries(folder)
    return summary


def pages(entries):
    for entry in entries:
        if entry.page:
            yield entry.page
        yield from pages(entry.below)


def test_blocks_are_in_sections_and_named_within_what_they_are_in(tmp_path):
    found = contents(tmp_path, Deep()).pages
    assert [e.title for e in found] == ["h.0 – h.14", "h.15 – h.29", "out", "loss", BY_TYPE]
    assert [e.title for e in found[0].below][:2] == ["h.0", "h.1"]
    assert [e.title for e in found[0].below[3].below] == ["fc", "tanh", "add"]
    assert found[0].page == ""
    assert found[0].below[3].page == "models/net/h.3/index.md"


def test_the_order_is_that_of_the_run_and_every_page_is_in_it_once(tmp_path):
    summary = contents(tmp_path, Deep())
    found = list(pages(summary.pages))
    run = [
        f"{b}{n}" for b in (f"h.{k}" for k in range(30)) for n in ("/index", ".fc", ".tanh", ".add")
    ]
    assert found == [f"models/net/{n}.md" for n in [*run, "out", "loss", "by-type"]]


def test_a_container_in_which_nothing_runs_is_there_too(tmp_path):
    found = contents(tmp_path, nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Sequential())))
    assert [e.title for e in found.pages] == ["0", "loss", "1", BY_TYPE]
    assert [e.title for e in found.pages[2].below] == ["0"]

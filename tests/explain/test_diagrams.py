"""Diagrams of models whose wiring is written out here, and of all models of a shape."""

from itertools import pairwise

import pytest
import torch
from pages import explained, recorded
from torch import nn
from torch.nn import functional as F

from generator.explain.diagrams import MOST_BOXES
from generator.explanation import ModelPages


def ways(diagram):
    """The arrows by the names of what they join."""
    boxes = diagram.boxes
    return {(boxes[a.source].title, boxes[a.target].title) for a in diagram.arrows}


def skipping(diagram):
    boxes = diagram.boxes
    return {(boxes[a.source].title, boxes[a.target].title) for a in diagram.arrows if a.skips}


def inside(pages, name):
    return next(c.inside for c in pages.containers if c.name == name)


def place(pages, name):
    return next(s.place for s in pages.steps if s.step == name)


class Residual(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)

    def forward(self, x):
        return x + self.second(F.relu(self.first(x)))


class Blocks(nn.Module):
    def __init__(self, count, block=Residual):
        super().__init__()
        self.stem = nn.Linear(3, 4)
        self.blocks = nn.ModuleList(block() for _ in range(count))
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


def test_a_residual_path_passes_by_the_layers_in_between():
    pages = explained(Blocks(1), torch.randn(2, 3))
    shown = inside(pages, "blocks.0")
    assert ways(shown) == {
        ("stem", "first"),
        ("first", "relu"),
        ("relu", "second"),
        ("second", "add"),
        ("stem", "add"),
        ("add", "head"),
    }
    assert skipping(shown) == {("stem", "add")}
    assert [b.kind for b in shown.boxes] == [
        "outside", "layer", "function", "layer", "function", "outside",
    ]  # fmt: skip
    assert all(b.shape == (2, 4) for b in shown.boxes[:-1])


def test_the_overview_opens_what_there_is_room_for():
    overview = explained(Blocks(2), torch.randn(2, 3)).overview
    names = {
        (overview.boxes[a.source].name, overview.boxes[a.target].name) for a in overview.arrows
    }
    assert ("blocks.0.add", "blocks.1.first") in names
    assert ("add", "add") in skipping(overview)
    assert ways(overview) >= {("x", "stem"), ("head", "output"), ("output", "loss")}


def test_what_is_opened_has_a_frame_and_names_as_in_it():
    overview = explained(Blocks(2), torch.randn(2, 3)).overview
    assert [(f.title, f.type, f.page, f.inside) for f in overview.frames] == [
        (f"blocks.{k}", "Residual", f"models/model/blocks.{k}/index.md", None) for k in (0, 1)
    ]
    for frame in overview.frames:
        boxes = [overview.boxes[k] for k in frame.boxes]
        assert [b.title for b in boxes] == ["first", "relu", "second", "add"]
        assert {b.name.rpartition(".")[0] for b in boxes} == {frame.title}


class Stages(nn.Module):
    """A container that holds all, one of two parts, and one of a single part."""

    def __init__(self):
        super().__init__()
        pair = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
        self.all = nn.Sequential(pair, nn.Sequential(nn.Linear(3, 3)), nn.Sequential(Residual(3)))

    def forward(self, x):
        return self.all(x)


def test_a_frame_stands_in_a_frame_and_none_is_around_one_part_or_doubled():
    overview = explained(Stages(), torch.randn(2, 3)).overview
    assert [(f.title, len(f.boxes), f.inside) for f in overview.frames] == [
        ("all", 7, None), ("0", 2, 0), ("2", 4, 0),
    ]  # fmt: skip


class Fan(nn.Module):
    """Branches of several types side by side, each of another size."""

    def __init__(self, linear, others):
        super().__init__()
        self.linear = nn.ModuleList(nn.Linear(3, 2 + k) for k in range(linear))
        self.others = others

    def forward(self, x):
        return torch.cat([*(one(x) for one in self.linear), *(f(x) for f in self.others)], -1)


def test_a_wide_rank_folds_what_is_of_one_type_and_then_what_is_left():
    few = explained(Fan(4, []), torch.randn(2, 3)).overview
    assert len([b for b in few.boxes if b.type == "Linear"]) == 4
    functions = [torch.sin, torch.cos, torch.tanh]
    many = explained(Fan(9, functions), torch.randn(2, 3)).overview
    titles = [b.title for b in many.boxes]
    assert titles[1:5] == ["9 × Linear", "sin", "cos", "tanh"]
    assert many.boxes[1].shape is None
    assert ways(many) >= {("x", "9 × Linear"), ("9 × Linear", "cat"), ("sin", "cat")}
    functions += [torch.exp, torch.sigmoid, torch.erf, torch.square]
    wide = explained(Fan(2, functions), torch.randn(2, 3)).overview
    abreast = [a.target for a in wide.arrows if a.source == 0]
    assert len(abreast) == 4
    assert sum(wide.boxes[k].count for k in abreast) == 9


def test_equal_blocks_in_a_row_are_one_box():
    pages = explained(Blocks(48), torch.randn(2, 3))
    shown = pages.overview
    assert [b.title for b in shown.boxes] == [
        "x", "stem", "48 × Residual", "head", "loss", "output",
    ]  # fmt: skip
    folded = shown.boxes[2]
    assert (folded.type, folded.count) == ("blocks.0 … blocks.47", 48)
    assert folded.page == folded.folded[0].page == pages.containers[0].page


class Odd(nn.Module):
    """Like the residual block, but what it adds is not its input."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        y = F.relu(self.first(x))
        return y + self.second(y)


Odd.__name__ = Odd.__qualname__ = "Residual"


class OneIsOdd(Blocks):
    def __init__(self):
        super().__init__(9)
        self.blocks[4] = Odd()


def test_a_block_of_other_wiring_is_not_folded_with_the_rest():
    titles = [b.title for b in explained(OneIsOdd(), torch.randn(2, 3)).overview.boxes]
    assert titles.count("4 × Residual") == 2


class ReachesBack(nn.Module):
    """Each block adds what the stem gave, but for one that adds what the block before was given."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(12))

    def forward(self, x):
        given = [x]
        for number, layer in enumerate(self.layers):
            given.append(layer(given[-1]) + (given[-2] if number == 7 else x))
        return given[-1]


def test_equal_blocks_that_read_from_elsewhere_are_not_folded_with_the_rest():
    shown = explained(ReachesBack(), torch.randn(2, 4)).overview
    folded = [b for b in shown.boxes if b.kind == "repeat"]
    assert [b.folded[0].title for b in folded] == ["layers.0", "layers.8"]
    assert [b.title.partition(" ")[0] for b in folded] == ["7", "4"]


class Calls(nn.Module):
    def __init__(self, times):
        super().__init__()
        self.times = times
        self.cell = nn.Linear(4, 4)
        self.embedding = nn.Embedding(6, 4)
        self.out = nn.Linear(4, 6, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens):
        x = self.embedding(tokens)
        for _ in range(self.times):
            x = torch.tanh(self.cell(x))
        return self.out(x)


def test_a_layer_called_again_is_a_box_for_each_call_that_says_so():
    pages = explained(Calls(3), torch.tensor([[1, 2]]))
    cells = [b for b in pages.overview.boxes if b.title == "cell"]
    assert [b.note for b in cells] == ["call 1 of 3", "call 2 of 3", "call 3 of 3"]
    assert [b.page.partition("#")[2] for b in cells] == ["", "call-2", "call-3"]
    notes = {b.title: b.note for b in pages.overview.boxes}
    assert notes["embedding"] == "weight shared with out"
    assert notes["out"] == "weight shared with embedding"
    here = next(b for b in place(pages, "cell").boxes if b.kind == "here")
    assert here.note == "called 3 times"


def test_a_loop_of_thirty_calls_is_one_box():
    shown = explained(Calls(30), torch.tensor([[1, 2]])).overview
    folded = next(b for b in shown.boxes if b.kind == "repeat")
    assert folded.title == "30 × Linear, Tanh"
    assert folded.count == 60
    assert len(shown.boxes) == 6


class Twice(nn.Module):
    """One encoder for both inputs."""

    def __init__(self):
        super().__init__()
        self.encoder = Blocks(1)

    def forward(self, one, other):
        return self.encoder(one) - self.encoder(other)


def test_a_container_called_twice_has_two_boxes_and_shows_its_first_call():
    pages = explained(Twice(), torch.randn(2, 3), torch.randn(2, 3))
    shown = inside(pages, "encoder")
    assert shown.call == 2
    assert ("one", "stem") in ways(shown)
    assert "other" not in {b.title for b in shown.boxes}
    assert [b.title for b in shown.boxes].count("stem") == 1


class Skips(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.bottom = nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.up = nn.ConvTranspose2d(2, 2, 2, 2)

    def forward(self, x):
        a = self.down(x)
        return torch.cat([a, self.up(self.bottom(F.max_pool2d(a, 2)))], 1)


def test_the_skip_connection_of_a_unet_passes_by_its_bottom():
    assert skipping(explained(Skips(), torch.randn(1, 1, 4, 4)).overview) == {("down", "cat")}


def flat(count):
    """Layers of which no three in a row are alike."""
    sizes = [3 + (k * k) % 11 for k in range(count + 1)]
    return nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))


@pytest.mark.parametrize("count", [24, 25, 200])
def test_a_flat_model_has_few_boxes_and_leaves_no_step_out(count):
    shown = explained(flat(count), torch.randn(1, 3)).overview
    assert len(shown.boxes) <= MOST_BOXES
    assert sum(b.count for b in shown.boxes if b.kind != "outside") == count + 1


class Dense(nn.Module):
    """Each layer reads all before it, after Huang and others (2017)."""

    def __init__(self, count):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2 + k, 1) for k in range(count))

    def forward(self, x):
        given = [x]
        for layer in self.layers:
            given.append(layer(torch.cat(given, 1)))
        return torch.cat(given, 1)


def test_where_each_layer_reads_all_before_it_the_arrows_stay_few():
    small = explained(Dense(3), torch.randn(1, 2)).overview
    assert ("0", "cat_3") in {(a.rpartition(".")[2], b) for a, b in ways(small)}
    large = explained(Dense(20), torch.randn(1, 2)).overview
    assert len(large.arrows) < 60
    assert sum(b.count for b in large.boxes if b.kind != "outside") == 42


class Many(nn.Module):
    """Five tensors in, five readers: more than there are boxes for what is outside."""

    def __init__(self):
        super().__init__()
        self.mix = Mix()

    def forward(self, x):
        return sum(torch.exp(y) for y in self.mix(*(x * k for k in range(1, 6))))


class Mix(nn.Module):
    def forward(self, *given):
        return [torch.sin(g) for g in given]


def test_what_lies_outside_is_one_box_where_there_is_much_of_it():
    shown = inside(explained(Many(), torch.randn(3)), "mix")
    ends = [b for b in shown.boxes if b.kind == "outside"]
    assert [(b.title, b.count) for b in ends] == [("5 tensors", 5), ("5 readers", 5)]
    assert len(shown.arrows) == 2  # to and from all that is side by side


def test_the_map_of_a_step_has_what_it_reads_and_what_reads_it():
    pages = explained(Blocks(2), torch.randn(2, 3))
    assert ways(place(pages, "blocks.0.add")) == {
        ("stem", "add"),
        ("second", "add"),
        ("add", "blocks.1.first"),
        ("add", "blocks.1.add"),
    }
    assert ways(place(pages, "loss")) == {("head", "loss")}


class Recurrent(nn.Module):
    def __init__(self, sequence):
        super().__init__()
        self.lstm = nn.LSTM(3, 4)
        self.sequence = sequence

    def forward(self, x):
        sequence, (last, _) = self.lstm(x)
        return last.sum() + sequence.sum() if self.sequence else last.sum()


@pytest.mark.parametrize("sequence", [False, True])
def test_a_box_has_the_shapes_of_the_outputs_that_go_on(sequence):
    pages = explained(Recurrent(sequence), torch.ones(5, 2, 3))
    for diagram in (pages.overview, place(pages, "lstm")):
        box = next(b for b in diagram.boxes if b.title == "lstm")
        shapes = ((5, 2, 4), (1, 2, 4)) if sequence else ((1, 2, 4),)
        assert (box.shape, *box.further) == shapes


def test_the_map_of_a_step_stays_small():
    pages = explained(Many(), torch.randn(3))
    wide = explained(nn.ModuleDict({"cat": Wide()})["cat"], torch.randn(3))
    assert [b.title for b in place(wide, "cat").boxes] == ["sin_1", "8 more", "cat", "loss"]
    assert max(len(s.place.boxes) for s in (*pages.steps, *wide.steps) if s.place) <= 5


class Wide(nn.Module):
    def forward(self, x):
        return torch.cat([torch.sin(x * k) for k in range(9)])


def all_diagrams(pages: ModelPages):
    found = [pages.overview, *(c.inside for c in pages.containers), *(s.place for s in pages.steps)]
    return [shown for shown in found if shown is not None]


@pytest.mark.parametrize(
    ("module", "given"),
    [
        (Blocks(5), torch.randn(2, 3)),
        (Calls(30), torch.tensor([[1, 2]])),
        (nn.TransformerEncoderLayer(8, 2, 16), torch.randn(3, 1, 8)),
        (flat(60), torch.randn(1, 3)),
        (nn.Linear(3, 2), torch.randn(1, 3)),
    ],
)
def test_arrows_go_one_way_and_every_box_leads_to_a_page(module, given):
    pages = explained(module, given)
    known = {pages.page, *(c.page for c in pages.containers), *(s.page for s in pages.steps)}
    diagrams = all_diagrams(pages)
    assert diagrams
    for shown in diagrams:
        assert len(shown.boxes) <= MOST_BOXES
        links = [box.page for box in shown.boxes]
        links += [link.page for box in shown.boxes for link in box.folded]
        assert {link.partition("#")[0] for link in links} <= known
        assert acyclic(shown)


def acyclic(diagram):
    left = {(a.source, a.target) for a in diagram.arrows}
    while True:
        targets = {target for _, target in left}
        kept = {(s, t) for s, t in left if s in targets}
        if kept == left:
            return not left
        left = kept


def test_each_call_of_a_container_says_where_it_began():
    recording = recorded(Twice(), torch.randn(2, 3), torch.randn(2, 3))
    starts = {c.name: c.starts for c in recording.containers}
    names = [step.name for step in recording.steps]
    assert [names[k] for k in starts["encoder"]] == ["encoder.stem"] * 2
    assert [names[k] for k in starts["encoder.blocks.0"]] == ["encoder.blocks.0.first"] * 2
